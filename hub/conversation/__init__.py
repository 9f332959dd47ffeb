"""The practice's side of a request: where it stands, questions and answers, to-dos."""
