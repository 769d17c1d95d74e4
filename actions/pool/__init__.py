"""The pool of needs: what a neighbour asks for, who can do it, and that both say it was done."""
