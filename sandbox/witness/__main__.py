"""The command line of the witness's container: without arguments the witness itself, else a question to it."""

import argparse
import json
import sys

from . import control


def main() -> int:
    """Runs one command; the exit code is 0 where it succeeded."""
    parser = argparse.ArgumentParser("witness", description="Answers every name and every port, and records it all.")
    commands = parser.add_subparsers(dest="command")
    records = commands.add_parser("records", help="print a line with the state, then the records after a number")
    records.add_argument("--after", type=int, default=-1, help="number of the last record that is known")
    records.add_argument("--limit", type=int, default=8 * 1024 * 1024, help="bytes of records to print at most")
    commands.add_parser("answers", help="take the scenario's answers from standard input, as JSON")
    supervise = commands.add_parser("supervise", help="be the first process of a pod, and watch all the others")
    supervise.add_argument("--launched", action="store_true", help="told by a launcher in the agent's container")
    commands.add_parser("redirect", help="turn round the interface that the pod was given, and end")
    commands.add_parser("listen", help="be the witness of a pod whose interface was turned round")
    commands.add_parser("healthy", help="succeed if the witness answers")
    arguments = parser.parse_args()
    try:
        match arguments.command:
            case None:
                from .daemon import run  # noqa: PLC0415  the questions are asked often, and it is slow to import

                run()
            case "supervise":
                from .processes import supervisor  # noqa: PLC0415  needed in no other case

                supervisor.run(launched=arguments.launched)
            case "redirect":
                from . import network  # noqa: PLC0415  needed in no other case

                network.redirect()
            case "listen":
                from . import daemon, network  # noqa: PLC0415  slow to import

                daemon.run(network.listen)
            case "records":
                print_records(arguments.after, arguments.limit)
            case "answers":
                control.ask("answers", json.load(sys.stdin))
            case "healthy":
                control.ask("healthy")
    except (OSError, ValueError) as error:
        sys.stderr.write(f"witness: {error}\n")
        return 1
    return 0


def print_records(after: int, limit: int) -> None:
    """Prints the journal's state, then its records after number `after` from the file that the witness writes."""
    state = control.ask("records", {"after": after, "limit": limit})
    start, end = state.pop("start"), state.pop("end")
    if state.pop("silent"):
        raise ValueError("what the witness sees cannot be written any more")
    sys.stdout.write(json.dumps({"ready": True, **state}) + "\n")
    with control.RECORDS.open("rb") as file:
        file.seek(start)
        sys.stdout.write(file.read(end - start).decode("ascii"))


if __name__ == "__main__":
    sys.exit(main())
