"""Rebalancing: a joint plan for up to 10,000 tasks and 300 people, and its safe use later.

Make a plan, in a job, from a snapshot (the import inside the function: it loads OR-Tools
and numba, which a web worker must not pay for):

    from hub.domain.rebalancing.engine import make_plan
    plan = make_plan(Problem(tasks, people, able))

`problem` says what a snapshot holds: `Task`, `Person`, `Prices`, `Problem`. Frozen tasks
(started, pinned, held) stay where they are and their minutes are taken off first.
`plan` is the answer: moves with reasons, what stays undone and why, minutes and expected
breaches before and after, continuity broken, cost, bound and gap. The plan is plain
dataclasses of numbers and sentences without patient data.

Use a plan, in a page or an action (nothing heavy is loaded):

    now = now_of(problem_as_it_is_now)             # read again, under the locks of the act
    part = part_of(plan, problem, chosen_task_ids)   # some of it, with what that needs
    settled = settle(part.moves, now)              # .holding may be made; .refused say why not
    still_holds(move, now)                         # one by itself: None, or why not
    back(move)                                     # the way back, to be settled like any other
    outlook(problem, arrangement(moved(problem, part.moves)))  # what a part would lead to

`settle` is what makes applying safe: what changed since the snapshot is refused with a
sentence, and nobody is given beyond their minutes. The caller holds its locks from reading
`now` to writing.
"""
