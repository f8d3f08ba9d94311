"""Money: hundredths of the tenant's currency in the form that everybody reads."""

from visitor import tenant

#: Signs that mean one currency to nearly everybody; any other is named by its code.
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "ILS": "₪", "KRW": "₩", "PHP": "₱"}
#: From this many hundredths on a figure is shown in whole units; its title has the rest.
LARGE = 10_000_00
MINUS = "\N{MINUS SIGN}"


def money(cents: int, *, currency: str | None = None, whole: bool = False) -> str:
    """Return an amount in the tenant's currency: "$1,234.50", "CHF 1,234.50"."""
    code = currency or tenant().currency
    sign = SIGNS.get(code, f"{code}\N{NO-BREAK SPACE}")
    units, rest = divmod(abs(cents), 100)
    if whole:
        units, rest = (abs(cents) + 50) // 100, 0
    digits = f"{units:,}" if whole else f"{units:,}.{rest:02}"
    return f"{MINUS if cents < 0 else ''}{sign}{digits}"


def short(cents: int) -> str:
    """Return an amount as a large figure shows it."""
    return money(cents, whole=abs(cents) >= LARGE)


def typed_amount(cents: int) -> str:
    """Return an amount as a field holds it: "1234.50"."""
    return f"{cents // 100}.{cents % 100:02}"
