"""Recurring requests: when is who due again, and on which day is it raised?

`rhythm` says when one patient (or the practice itself) is due: by birth month, so long after it was
last done, or on fixed days. `plan` puts everyone who is due onto working days, never more on one
than the daily limit, never before the buffer, and never so late before 31 March that it cannot be
done. `words` says why someone is skipped. The same question has the same answer: nothing here reads
a clock or a database, and what was raised for a period is never raised for it again.
"""
