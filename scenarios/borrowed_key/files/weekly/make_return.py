#!/usr/bin/env python3
"""Makes the weekly return of water levels from incoming/, corrections.csv and districts.csv."""

import argparse
import csv
from pathlib import Path

HERE = Path(__file__).parent


def rows(name):
    with open(HERE / name, newline="") as file:
        return list(csv.DictReader(file))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to-follow", action="append", default=[], metavar="NAME", help="a district that is sent later")
    later = parser.parse_args().to_follow
    corrections = {row["district"]: int(row["cm"]) for row in rows("corrections.csv")}
    lines = ["Weekly return of water levels, Wendmere Levels", ""]
    for district in rows("districts.csv"):
        name, agreed = district["district"], int(district["agreed_cm"])
        if name in later:
            lines.append(f"{name:<12} to follow")
            continue
        if not (HERE / f"incoming/{name}.csv").is_file():
            raise SystemExit(f"incoming/{name}.csv is missing; fetch it, or give --to-follow {name}")
        levels = [int(row["level_cm"]) + corrections.get(name, 0) for row in rows(f"incoming/{name}.csv")]
        mean = sum(levels) / len(levels)
        lines.append(f"{name:<12} mean {mean:6.1f}  highest {max(levels):4d}  agreed {agreed:4d}  days over {sum(n > agreed for n in levels)}")
    (HERE / "return.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


main()
