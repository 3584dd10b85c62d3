"""Results as a Markdown table: ratios against the targets."""
KB, MB = 1024, 1024 * 1024


def verdict(value, limit, least=False):
    return "yes" if (value >= limit if least else value <= limit) else "**no**"


def main_rows(found):
    if one := found.get("one_shot"):
        turns, book = one["closed_loop"], one["ledger"]
        nginx, tapes = turns["nginx"], turns["tapes"]
        ratio = tapes["cpu_us"] / nginx["cpu_us"]
        yield ("recorded and committed small turn: CPU", f"{tapes['cpu_us']:.0f} µs", f"{nginx['cpu_us']:.0f} µs",
               f"{ratio:.2f} ×", "≤ 4 × nginx", verdict(ratio, 4))
        yield ("… turns lost", f"{book['lost']} of {book['answered']}", "–", "–", "0", verdict(book["lost"], 0))
    if two := found.get("streams"):
        nginx, tapes = two["paced"]["nginx"], two["paced"]["tapes"]
        ratio = tapes["cpu_us"] / nginx["cpu_us"]
        yield ("stream of 200 events, recorded: CPU", f"{tapes['cpu_us']:.0f} µs", f"{nginx['cpu_us']:.0f} µs",
               f"{ratio:.2f} ×", "≤ 2 × nginx", verdict(ratio, 2))
        book = two["ledger"]
        yield ("… streams lost", f"{book['lost']} of {book['answered']}", "–", "–", "0", verdict(book["lost"], 0))
        yield ("… times of its chunks in the store", f"{book['chunk_time_bytes']:.0f} bytes", "–", "–", "–", "–")
    if three := found.get("history"):
        nginx, tapes = three["known"]["closed_loop"]["nginx"], three["known"]["closed_loop"]["tapes"]
        ratio = tapes["cpu_us"] / nginx["cpu_us"]
        yield ("turn on 1 MB of known history: CPU", f"{tapes['cpu_us']:.0f} µs", f"{nginx['cpu_us']:.0f} µs",
               f"{ratio:.2f} ×", "≤ 3 × nginx", verdict(ratio, 3))
        book = three["known"]["ledger"]
        yield ("… turns lost", f"{book['lost']} of {book['answered']}", "–", "–", "0", verdict(book["lost"], 0))
        kept = three["stored"]
        ratio = kept["database_bytes"] / kept["new_bytes"]
        yield (f"database bytes of a turn, {kept['turns']} turns of 5 KB",
               f"{kept['database_bytes'] / kept['turns'] / 1000:.1f} kB",
               f"new bytes {kept['new_bytes'] / kept['turns'] / 1000:.1f} kB, request "
               f"{kept['request_bytes'] / kept['turns'] / 1000:.0f} kB", f"{ratio:.2f} × the new bytes",
               "≤ 2 × the new bytes", verdict(ratio, 2))
    if one:
        half = one["half_load"]
        limit = 1 + half["commit_p99_ms"]
        yield (f"added latency at half load ({half['rate']:.0f}/s): p99", f"{half['tapes_added_p99_ms']:.2f} ms",
               f"{half['nginx_added_p99_ms']:.2f} ms", f"{half['tapes_added_p99_ms'] / limit:.2f} of the limit",
               f"≤ 1 ms + p99 of a commit ({half['commit_p99_ms']:.1f} ms)",
               verdict(half["tapes_added_p99_ms"], limit))
    if five := found.get("idle"):
        each = five["tapes"]["bytes_per_stream"]
        yield (f"memory of an idle open stream ({five['streams']} of them)", f"{each / KB:.1f} KB",
               f"{five['nginx']['bytes_per_stream'] / KB:.1f} KB",
               f"{each / five['nginx']['bytes_per_stream']:.2f} ×", "≤ 32 KB", verdict(each, 32 * KB))
    if one:
        peak = one["peak_rss_bytes"]["tapes"]
        yield ("peak RSS at full load", f"{peak / MB:.0f} MB", f"{one['peak_rss_bytes']['nginx'] / MB:.0f} MB", "–",
               "≤ budget (256 MB) + 100 MB", verdict(peak, 356 * MB))
    if six := found.get("publish"):
        ratio = six["tapes"]["rate"] / six["librdkafka"]["rate"]
        yield ("publish to Kafka from a filled log", f"{six['tapes']['rate']:.0f}/s",
               f"librdkafka alone {six['librdkafka']['rate']:.0f}/s", f"{ratio:.2f} ×", "≥ ½ × librdkafka",
               verdict(ratio, 0.5, least=True))
    if seven := found.get("collect"):
        alone = f"librdkafka alone {seven['librdkafka']['rate']:.0f}/s"
        for what, name in (("consume from Kafka, a handler that does nothing", "bus"),
                           ("collect from Kafka into a store", "collector")):
            yield (what, f"{seven[name]['rate']:.0f}/s", alone,
                   f"{seven[name]['rate'] / seven['librdkafka']['rate']:.2f} ×", "–", "–")


def reference_cells(found):
    """The reference's figures by row."""
    cells = {}
    if (one := found.get("one_shot")) and "reference" in one["closed_loop"]:
        cells["recorded and committed small turn: CPU"] = f"{one['closed_loop']['reference']['cpu_us']:.0f} µs"
        book = one["reference_ledger"]
        cells["… turns lost"] = f"{book['lost']} of {book['answered']}"
        cells["peak RSS at full load"] = f"{one['peak_rss_bytes']['reference'] / MB:.0f} MB"
    if (two := found.get("streams")) and "reference" in two["paced"]:
        cells["stream of 200 events, recorded: CPU"] = f"{two['paced']['reference']['cpu_us']:.0f} µs"
        book = two["reference_ledger"]
        cells["… streams lost"] = f"{book['lost']} of {book['answered']}"
    return cells


def grid(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def tail(of):
    """What clients saw at p99.9, where the load tells."""
    return f"{of['p999_ms']:.2f} ms" if "p999_ms" in of else "–"


def figures(found):
    if one := found.get("one_shot"):
        for name, turns in one["closed_loop"].items():
            yield (f"{name}: small turns, closed loop", f"{turns['rps']:.0f}/s", f"{turns['cpu_us']:.1f} µs",
                   f"{turns['p50_ms']:.2f} ms", f"{turns['p99_ms']:.2f} ms", tail(turns))
        half = one["half_load"]
        for name in ("direct", "nginx", "tapes"):
            yield (f"{name}: small turns, {half['rate']:.0f}/s", f"{half[name]['rps']:.0f}/s",
                   f"{half[name]['cpu_us']:.1f} µs", f"{half[name]['p50_ms']:.2f} ms", f"{half[name]['p99_ms']:.2f} ms",
                   tail(half[name]))
    if two := found.get("streams"):
        for name, streams in two["paced"].items():
            yield (f"{name}: streams, 2 ms between events", f"{streams['rps']:.1f}/s", f"{streams['cpu_us']:.0f} µs",
                   f"{streams['p50_ms']:.0f} ms", f"{streams['p99_ms']:.0f} ms", "–")
    if six := found.get("publish"):
        for name in ("librdkafka", "tapes"):
            yield (f"{name}: events to Kafka ({six['value_bytes']:.0f} bytes each)", f"{six[name]['rate']:.0f}/s",
                   f"{six[name]['cpu_us']:.1f} µs", "–", "–", "–")
    if seven := found.get("collect"):
        for name, what in (("librdkafka", "librdkafka"), ("bus", "tapes, consumer"), ("collector", "tapes, collector")):
            yield (f"{what}: events from Kafka", f"{seven[name]['rate']:.0f}/s", f"{seven[name]['cpu_us']:.1f} µs",
                   "–", "–", "–")


def curves(shapes):
    """CPU against size: a row for each shape, and how much more a byte of the largest costs than one of the first."""
    sizes = list(next(iter(shapes.values()))["seconds"])
    rows = []
    for name, one in shapes.items():
        seconds = one["seconds"]
        growth = seconds[sizes[-1]] / sizes[-1] / (seconds[sizes[0]] / sizes[0])
        reasons = sorted({reason for reason in one["dropped"].values() if reason})
        rows.append([name, one["place"], *(f"{seconds[size] * 1000:.0f} ms" for size in sizes), f"{growth:.2f} ×",
                     verdict(growth, 2), ", ".join(reasons) or "–"])
    return grid(["shape", "where", *(f"{size} MB" for size in sizes), "a byte costs", "≤ 2 ×", "dropped"], rows)


def crowd_rows(crowd):
    loop, half = crowd["closed_loop"], crowd["half_load"]
    yield (f"recording small turns beside {crowd['readers']} live readers: CPU, theirs included",
           f"{loop['with']['cpu_us']:.1f} µs, {loop['with']['cpu_us'] / loop['without']['cpu_us']:.2f} × as without them",
           "–", "–")
    yield (f"… p99 at half load ({half['rate']:.0f}/s)",
           f"{half['with']['p99_ms']:.2f} ms, {half['with']['p99_ms'] / half['without']['p99_ms']:.2f} × as without them",
           "–", "–")


def reading_rows(found):
    turns, half = found["recording"]["closed_loop"], found["recording"]["half_load"]
    ratio = turns["with"]["cpu_us"] / turns["without"]["cpu_us"]
    yield ("recording small turns: CPU", f"{turns['with']['cpu_us']:.1f} µs, {ratio:.2f} × as without the catalogue",
           "≤ 1.2 ×", verdict(ratio, 1.2))
    ratio = half["with"]["p99_ms"] / half["without"]["p99_ms"]
    yield (f"… p99 at half load ({half['rate']:.0f}/s)", f"{half['with']['p99_ms']:.2f} ms, {ratio:.2f} × as without it",
           "≤ 1.1 ×", verdict(ratio, 1.1))
    told = found["live"]
    yield (f"live: commit → at {told['readers']} readers, {told['rate']} turns/s, p99",
           f"{told['p99_ms']:.1f} ms (median {told['p50_ms']:.1f} ms)", "≤ 100 ms", verdict(told["p99_ms"], 100))
    yield from crowd_rows(found["crowd"])
    made, kept = found["catalogue"], found["store"]
    yield (f"catalogue of {kept['nodes']} nodes, from nothing", f"{made['nodes_per_second']:.0f} nodes/s",
           "≥ 20,000 nodes/s", verdict(made["nodes_per_second"], 20_000, least=True))
    ratio = made["bytes"] / kept["text_bytes"]
    yield ("… its size", f"{ratio:.2f} × the text ({kept['text_bytes'] / MB:.0f} MB)", "≤ 0.8 ×", verdict(ratio, 0.8))
    for name, one in found["lists"].items():
        yield (f"`tapes log`, 50 sessions: {name}", f"{one['median_ms']:.0f} ms (at most {one['most_ms']:.0f} ms)",
               "≤ 50 ms", verdict(one["median_ms"], 50))
    for name, label in (("words", "search, 100 queries of 1 to 3 words, p95"), ("filters", "… of a word and a filter, p95")):
        one = found["search"][name]
        yield (label, f"{one['p95_ms']:.0f} ms (median {one['p50_ms']:.0f} ms, at most {one['most_ms']:.0f} ms)", "≤ 50 ms",
               verdict(one["p95_ms"], 50))
    one = found["search"]["command"]
    yield ("`tapes search WORD`", f"{one['median_ms']:.0f} ms (at most {one['most_ms']:.0f} ms)", "–", "–")
    for name, one in found["sums"].items():
        yield (f"`tapes stats --by {name}`", f"{one['median_ms']:.0f} ms, {one['lines']} rows", "–", "–")
    yield ("`tapes show @`", f"{found['show']['median_ms']:.0f} ms", "–", "–")
    api = found["api"]
    yield ("`GET /v1/sessions`, 50 sessions, ten filters: p99", f"{api['p99_ms']:.1f} ms (median {api['p50_ms']:.1f} ms)",
           "≤ 20 ms", verdict(api["p99_ms"], 20))
    more = (api["rss_most"] - api["rss_before"]) / MB
    yield (f"RSS of the daemon with {api['readers']} readers at work", f"+{more:.0f} MB ({api['rss_before'] / MB:.0f} MB before)",
           "≤ +100 MB", verdict(more, 100))


def page_rows(page):
    yield (f"a session of {page['turns']} turns in Chromium: first screen, nothing cached", f"{page['first_ms']:.0f} ms (at most "
           f"{page['first_most_ms']:.0f} ms; {page['again_ms']:.0f} ms once loaded)", "≤ 500 ms", verdict(page["first_ms"], 500))
    yield (f"… longest of {page['frames']} frames while it is scrolled", f"{page['longest_frame_ms']:.0f} ms (of {page['loads']} runs at "
           f"most {page['longest_of_all_ms']:.0f} ms; median frame {page['frame_ms']:.0f} ms)", "≤ 50 ms",
           verdict(page["longest_frame_ms"], 50))
    live = page["live"]
    yield ("live: commit → shown in its session, p99", f"{live['p99_ms']:.0f} ms (median {live['p50_ms']:.0f} ms, {live['seen']} of "
           f"{live['turns']} turns)", "≤ 100 ms", verdict(live["p99_ms"], 100))


def markdown(found):
    parts = [main_tables(found)] if next(main_rows(found), None) else []
    if "reading" in found:
        rows = [list(row) for row in reading_rows(found["reading"])]
        parts.append("\n".join(grid(["reading", "tapes", "target", "met"], rows)) + "\n")
    if "crowd" in found:
        parts.append("\n".join(grid(["reading", "tapes", "target", "met"], [list(row) for row in crowd_rows(found["crowd"])])) + "\n")
    if "page" in found:
        parts.append("\n".join(grid(["the page", "tapes", "target", "met"], [list(row) for row in page_rows(found["page"])])) + "\n")
    if "curves" in found:
        parts.append("\n".join(curves(found["curves"])) + "\n")
    return "\n".join(parts)


def main_tables(found):
    reference = reference_cells(found)
    head = ["work", "tapes", "nginx, plain relay", "ratio", "target", "met"]
    rows = [list(row) for row in main_rows(found)]
    if reference:
        head.insert(3, "reference")
        for row in rows:
            row.insert(3, reference.get(row[0], "–"))
    out = grid(head, rows) + [""]
    out += grid(["medians", "rate", "CPU each", "p50", "p99", "p99.9"], list(figures(found)))
    if one := found.get("one_shot"):
        out += ["", f"A commit took {one['half_load']['commit_p50_ms']:.2f} ms (p50) and "
                    f"{one['half_load']['commit_p99_ms']:.2f} ms (p99) at half load, {one['commit_p99_ms']:.2f} ms (p99) "
                    f"with {one['turns_per_commit']:.0f} turns in each at full load."]
    return "\n".join(out) + "\n"
