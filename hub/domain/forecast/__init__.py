"""The future of open work: when each task is likely to be done, and how likely it is to be late.

A job, never a page, computes it: only `forward` and `runs` (and the `kernel` below them) load the compiler.
Pages read what the job has stored; `state`, `demand`, `durations`, `calibration`, `scoring`, `clearing` and
`contract` need numpy alone.

    snapshot = Snapshot(work, people, may, day_ends, rule)          # state: the hub now, in columns
    history = History(counts, weekday, ahead, examples, minute, 600.0)   # demand: what arrived

    done = runs.likely(snapshot, history, seed=seed)                # quarter-hourly: one run
    found = runs.chances(snapshot, history, seed=seed, spread=learned.spread)   # nightly: twenty
    curve = calibration.learned(said, late, made)   # stored predictions whose due time has passed
    chance = curve.apply(found.late)            # store this, found.late and the curve's version

    found.late_if_on, found.late_if_usual       # "demand goes on", "returns to usual"
    found.middle, found.by_80                   # half of the runs, and 80 %, are done by then
    clearing.days_to_clear(found.finished, found.weights, queue, snapshot.day_ends, queues=4)
    contract.outlook(contracted=..., spent=..., open_minutes=..., a_day=..., days=...)
    scoring.score(chance, late)                 # what was predicted against what happened

All times are working minutes from now. The same input and seed give the same answer. A
started task, a pinned one, a second stage (`after`), a waking one (`since`) and
one that a rule will lift (`rises`) are columns of `state.Work`.
"""
