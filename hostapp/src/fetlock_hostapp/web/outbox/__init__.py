"""The outbox screen: what must reach the outside, with its attempts, and what people do about it (PL-8)."""
