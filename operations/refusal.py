"""A refusal: why something cannot be done, in a sentence for the person who tried."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not a defect
    """The move is not legal now. Answered with 409 and the sentence; nothing is changed."""

    status = 409

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Forbidden(Refusal):
    """This actor's role does not reach that far. Answered with 403."""

    status = 403


class Invalid(Refusal):
    """What was typed cannot be taken as it is. Answered with 422, beside the field."""

    status = 422

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class TooMany(Refusal):
    """A limit was reached. Answered with 429 and when to try again.

    `retry_after` is in seconds.
    """

    status = 429

    def __init__(self, sentence: str, retry_after: int = 3600) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Stale(Refusal):
    """What the form showed has been changed since; the person decides what holds."""


class MadeAlready(Refusal):
    """The same question made it before: the page that shows it was loaded or sent again."""


class Gone(Refusal):
    """A link that no longer opens anything. Answered with 410."""

    status = 410
