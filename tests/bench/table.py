"""From runs to medians, ratios and a table."""

import statistics
import time

import flows

#: A load average above which the machine had other work.
BUSY = 0.5
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"

TITLES = {
    "unpack": "unpack the source",
    "cold": "from nothing to green",
    "no-op": "again, nothing changed",
    "edit": "again, one line of Rust edited",
    "snapshot": "another clone to green, by the kit's snapshot",
    "caches": "a clone of {other} to green, without a snapshot, by copies of the compile cache and of configure's answers",
    "room": "a room of {guests} guests at once on these {cores} cores, each a clone with an empty home, by the lead's snapshot: "
    "the last is green",
}
#: The largest ratio, kit to plain, that the kit means to have.
AIMS = {"cold": 1.02, "edit": 0.9, "snapshot": 0.06, "caches": 0.25}
#: The least part of cargo's time that is to be hidden behind configure and make.
HIDDEN_AIM = 0.8


def hidden(runs):
    """Which part of cargo's time did not make the build longer: 1 − (wall − (configure + make)) / cargo."""
    parts = []
    for run in runs:
        steps = run.steps
        if steps["cargo"] > 0:
            visible = max(0.0, steps["build"] - steps["configure"] - steps["make"])
            parts.append(max(0.0, 1 - visible / steps["cargo"]))
    return statistics.median(parts) if parts else None


def figures(runs):
    """Of one case and flow."""
    return {
        "median": round(statistics.median(run.seconds for run in runs), 3),
        "seconds": [round(run.seconds, 3) for run in runs],
        "steps": [run.steps for run in runs],
    }


def plainly(case, results):
    """The plain flow's runs of a case; where it has none, those of what it would have to do instead."""
    if case not in flows.KIT_ONLY:
        return results[case]["plain"]
    return results[flows.KIT_ONLY[case]]["plain"]


def summary(results, sizes, seen):
    """The JSON object."""
    rows = []
    for case, both in results.items():
        row = {
            "case": case,
            "title": TITLES[case].format(**seen),
            "tests": both["kit"][-1].tests,
            "plain_is": flows.KIT_ONLY.get(case, case),
            "plain": figures(plainly(case, results)),
            "kit": figures(both["kit"]),
        }
        row["ratio"] = round(row["kit"]["median"] / row["plain"]["median"], 3)
        row["aim"] = AIMS.get(case)
        rows.append(row)
    part = hidden(results["cold"]["kit"]) if "cold" in results else None
    return {
        "format": 1,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": seen,
        "rounds": len(next(iter(results.values()))["kit"]),
        "rows": rows,
        "bytes": sizes,
        "cargo_hidden": {"part": part and round(part, 3), "aim": HIDDEN_AIM},
    }


def cell(figures_of):
    """The median, and between what it lies where there were several."""
    seconds = figures_of["seconds"]
    between = f" ({min(seconds):.1f}–{max(seconds):.1f})" if len(seconds) > 1 else ""
    return f"{figures_of['median']:.1f}{between}"


def mega(number):
    """Bytes, in words."""
    return f"{number / 1e6:.0f} MB"


def met(value, aim, at_most):
    """In words, whether an aim is met."""
    if aim is None or value is None:
        return "–"
    sign = "≤" if at_most else "≥"
    fine = value <= aim if at_most else value >= aim
    return f"{sign} {aim:.2f}: {'met' if fine else 'missed'}"


def render(answer):
    """Markdown."""
    at = answer["machine"]
    lines = [
        f"{answer['date']}, {at['system']}, {at['processor']}, {at['cores']} cores, {at['memory_gb']} GB, "
        f"{at['file_system']}; {at['cc']}; {at['rustc']}; kit at {at['commit']}; "
        f"load when it began {at['load_before']:.1f}. "
        + ("Seconds of one round." if answer["rounds"] == 1 else
           f"Median of {answer['rounds']} rounds, seconds; in brackets the least and the most."),
        "",
        "| | plain | kit | kit / plain | aim |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for row in answer["rows"]:
        cells = [cell(row[flow]) for flow in ("plain", "kit")]
        lines.append(f"| {row['title']} | {cells[0]} | {cells[1]} | {row['ratio']:.2f} | "
                     f"{met(row['ratio'], row['aim'], True)} |")
    part = answer["cargo_hidden"]["part"]
    if part is not None:
        lines.append(f"| cargo's time hidden behind configure and make | – | {part:.0%} | – | "
                     f"{met(part, answer['cargo_hidden']['aim'], False)} |")
    sizes = answer["bytes"]
    lines += ["", f"The build directory holds {mega(sizes['build'])}"]
    if sizes["snapshot"]:
        lines[-1] += f"; its snapshot, which is saved in the background after a build from nothing, {mega(sizes['snapshot'])}"
    if sizes["objects"]:
        lines[-1] += f"; the compile cache {mega(sizes['objects'])}"
    if sizes["wire"]:
        lines[-1] += f". The room's {at['guests']} guests fetched {mega(sizes['wire'])} together"
    lines[-1] += "."
    if any(row["case"] in flows.KIT_ONLY for row in answer["rows"]):
        lines[-1] += (" In a clone of others, the plain flow can only begin from nothing: that is its side of those rows. "
                      "The clock starts with the source unpacked.")
    if at["load_before"] > BUSY:
        lines += ["", "Other work was running on the machine when it began: read the figures as ratios, and the first row's roughly."]
    return "\n".join(lines) + "\n"


def write(path, text):
    """Puts the table between the markers."""
    document = path.read_text(encoding="utf-8")
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} has no {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
