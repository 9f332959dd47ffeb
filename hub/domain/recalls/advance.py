"""Which safety questions can be answered for a whole list, months before a request is raised?"""

from hub.domain.kinds import SafetyFact

LATER = "later"  # in place of an answer: it stands unanswered on each request, and is asked there
# What these ask is about the day itself: an answer given in advance would say nothing.
OF_THE_DAY = frozenset(
    {
        *("out_of_critical_medicine", "serious_reaction", "supply_short", "next_issue_soon"),
        *("repeat_contact", "result_out_of_range", "twice_the_interval", "fall_since_round"),
        *("result_needs_action", "recent_flare"),
    }
)


def asks_ahead(fact: SafetyFact) -> bool:
    """Say whether a list is asked this question.

    One of the day itself only where a request without its answer goes ahead of others: then a person says
    whether the answer waits for each request.
    """
    return fact.code not in OF_THE_DAY or fact.raises_if_unknown
