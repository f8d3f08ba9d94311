"""The names of the demo: businesses, people and verticals, in the scripts that real lists hold."""

TENANT = ("Northgate Insurance Marketing", "America/Chicago")
OTHER_TENANT = ("Cobalt Mortgage Exchange", "America/New_York")

#: (name, domain of its people)
PARTNERS = (
    ("Acme Lead Gen Inc.", "acmeleads"),
    ("Brightwater Media", "brightwater"),
    ("QuoteHarbor", "quoteharbor"),
    ("Blue Ridge Affiliates", "blueridge"),
    ("Cascadia Publishers Network", "cascadia"),
    (
        "Consolidated Midwestern Insurance Comparison & Referral Partners of Greater Minnesota LLC",
        "midwestern",
    ),
    ("شركة الخليج لتسويق التأمين", "gulfleads"),
    ("Ελληνική Αγορά Ασφαλειών Α.Ε.", "agora"),  # noqa: RUF001 - Greek capitals
    ("לידים פלוס בע״מ", "leadsplus"),
    ("Студия лидов Рига", "studio-riga"),
    ("Nguyễn Insurance Outreach", "nguyen-outreach"),
    ("Sørensen & Åkerlund Leadbyrå", "leadbyra"),
    ("O'Rourke & Daughters Referrals", "orourke"),
    ("Rheinland Vergleichsportal GmbH", "rheinland"),
    ("Juniper Performance Marketing", "juniper"),
    ("First Choice Auto Quotes", "firstchoice"),
    ("Great Plains Crop & Farm", "greatplains"),
    ("Harbor & Vine", "harborvine"),
    ("Lakeshore Debt Relief Partners", "lakeshore"),
    ("MedicarePlanFinders.example", "planfinders"),
    ("Pinecrest Digital", "pinecrest"),
    ("SunPath Solar Media", "sunpath"),
    ("Tidewater Mortgage Leads", "tidewater"),
    ("Vantage Home Services Group", "vantage"),
    ("Công ty Tiếp thị Bảo hiểm Sài Gòn", "saigon-leads"),
    ("مجموعة النور للإعلان الرقمي", "alnoor"),
    ("Πανελλαδικά Δίκτυα Πελατών", "panhellenic"),
    ("Украинская сеть заявок", "zayavky"),
    ("Atlas & Hollow Creative", "atlashollow"),
    ("Bramble Lane Publishing", "bramblelane"),
    ("Copperfield Comparison Ltd", "copperfield"),
    ("Dovetail Affiliates", "dovetail"),
    ("Evergreen Final Expense Network", "evergreen"),
    ("Foxglove Search Partners", "foxglove"),
    ("Granite State Warranty Leads", "granitestate"),
    ("Highline Health Connect", "highline"),
    ("Ironwood Outdoor & Radio", "ironwood"),
    ("Kestrel Call Exchange", "kestrel"),
    ("Meridian Mail & Data", "meridian"),
    ("Zephyr", "zephyr"),
)

VERTICALS = (
    "Auto insurance",
    "Home insurance",
    "Medicare supplement",
    "Life insurance",
    "Home solar",
    "Mortgage refinance",
    "Debt relief",
    "Roofing",
    "Renters and condo",
    "Final expense",
)
FORMS = ("Form", "Landing pages", "Call centre", "Comparison page", "Co-registration", "Newsletter")
LONG_SOURCE = "Medicare Supplement, landing pages (Florida, Georgia and both Carolinas)"
SCRIPT_SOURCES = {
    0: "Κύπρος, ασφάλειες αυτοκινήτου",
    6: "تأمين السيارات، الخليج",
    8: "ביטוח רכב, דפי נחיתה",
    9: "Автострахование, Рига",
    10: "Bảo hiểm ô tô, Hà Nội",
}
TAGS = (
    "direct",
    "exclusive",
    "high volume",
    "new",
    "seasonal",
    "under review",
    "call only",
)

#: (first name, family name), written as their owners write them.
PEOPLE = (
    ("Marisol", "Etxeberria-Oyarzábal"),
    ("Per", "Lindqvist"),
    ("Chukwuemeka", "Obi-Featherstonehaugh"),
    ("Λυδία", "Καρρά"),
    ("نورة", "الحربي"),
    ("Hiroshi", "Saito"),
    ("Javier", "Castellanos"),
    ("Patience", "Okonkwo"),
    ("Σοφία", "Παπαδοπούλου"),
    ("Yuki", "Tanaka"),
    ("Ирина", "Соколова"),
    ("Nguyễn", "Thị Minh"),
    ("יעל", "בן־דוד"),
    ("Sinéad", "O'Rourke"),
    ("Ingrid", "Sørensen"),
    ("Grace", "Halloran"),
    ("Mateusz", "Wójcik"),
    ("Amara", "Diallo"),
    ("Tom", "Li"),
    ("Beatriz", "Figueiredo"),
    ("Oleksandr", "Kovalenko"),
    ("Priya", "Raghunathan"),
    ("Devon", "Brooks"),
    ("Lucía", "Herrera"),
    ("Anneliese", "Großmann"),
    ("Kofi", "Mensah"),
    ("Farah", "Haddad"),
    ("Ruth", "Vandermeer"),
    ("Samuel", "Whitaker"),
    ("Elif", "Yılmaz"),  # noqa: RUF001 - Turkish
)

#: The staff besides those that can be signed in as: (name, address, role)
STAFF = (
    ("Dana Whitfield", "dana.whitfield@northgate.example", "admin"),
    ("Theo Brandt", "theo.brandt@northgate.example", "customer_support"),
    ("Aisha Rahman", "aisha.rahman@northgate.example", "customer_support"),
    ("Miguel Santos", "miguel.santos@northgate.example", "sales"),
    ("Hannah Krüger", "hannah.kruger@northgate.example", "sales"),
    ("Olu Adeyemi", "olu.adeyemi@northgate.example", "data_validation"),
)
#: The people one can sign in as: (name, address, role)
DOORS = (
    ("Alex Morgan", "admin@demo.example", "admin"),
    ("Sam Rivera", "support@demo.example", "customer_support"),
    ("Jordan Lee", "sales@demo.example", "sales"),
    ("Casey Nwosu", "validation@demo.example", "data_validation"),
    ("Robin Acker", "partner-admin@demo.example", "partner_admin"),
    ("Jamie Fields", "partner-user@demo.example", "partner_user"),
)
#: How people write their own name in an address, where the letters do not say it.
LOCAL_PARTS = {
    "Λυδία Καρρά": "lydia",
    "نورة الحربي": "noura.alharbi",
    "Σοφία Παπαδοπούλου": "s.papadopoulou",
    "Ирина Соколова": "i.sokolova",
    "יעל בן־דוד": "yael",
    "Nguyễn Thị Minh": "minh",
    "Elif Yılmaz": "elif.yilmaz",  # noqa: RUF001
    "Anneliese Großmann": "a.grossmann",
    "Mateusz Wójcik": "m.wojcik",
    "Ingrid Sørensen": "ingrid",
}
