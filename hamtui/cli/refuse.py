"""What can't be done as asked: one sentence on stderr and exit code 2."""

import click

USAGE = 2


class Refused(click.ClickException):
    """A usage error, told in one sentence."""

    exit_code = USAGE
