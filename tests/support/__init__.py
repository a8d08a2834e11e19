"""What the tests of all members share: databases, a browser, selection by requirement."""
