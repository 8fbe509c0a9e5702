"""check-jsonschema, another program with another reader of YAML, asked in this process: a start of it takes seconds."""

from check_jsonschema import main
from click.testing import CliRunner, Result


def check_jsonschema(*arguments: object) -> Result:
    """What the program says: `exit_code` and `stdout`."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])
