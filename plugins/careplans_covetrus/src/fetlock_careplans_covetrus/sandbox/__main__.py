"""``python -m fetlock_careplans_covetrus.sandbox``: the simulator from the command line."""

import argparse

from fetlock_careplans_covetrus.sandbox.server import serve


def main() -> None:
    """Parse the arguments and serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="fetlock_careplans_covetrus.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free port")
    parser.add_argument("--database", help="SQLite file; without it the state is lost at the end")
    parser.add_argument("--no-demo", action="store_true", help="start with the account but no plans")
    arguments = parser.parse_args()
    serve(arguments.host, arguments.port, database=arguments.database, demo=not arguments.no_demo)


main()
