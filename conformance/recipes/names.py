"""Record ids, the parents they name, and the order of times."""

from .build import broken, intact, log, record, sealed, vector


def chain(*records):
    return log(*sealed(*records))


# --- Ids and parents ------------------------------------------------------

IDS = [
    vector("id-duplicate", "Two records share an id. The chain itself is whole.",
           chain(record(1), record(2), record(3, record_id="record-1")),
           broken(3, None, ("duplicate-record-id", 3))),
    vector("id-thrice", "Three records share an id: each one after the first is a finding.",
           chain(record(1), record(2, record_id="record-1"), record(3, record_id="record-1")),
           broken(3, None, ("duplicate-record-id", 2), ("duplicate-record-id", 3))),
    vector("id-empty-twice", "Empty ids never count as the same.",
           chain(record(1, record_id=""), record(2, record_id=""), record(3)), intact(3)),
    vector("id-case", "Ids are compared exactly.",
           chain(record(1), record(2, record_id="RECORD-1"), record(3, record_id="record-1 ")), intact(3)),
]


def parent(name, description, *warnings, lines):
    return vector(f"parent-{name}", description, lines, intact(3, warnings))


PARENTS = [
    parent("resolved", "A record names the one before it as its parent.",
           lines=chain(record(1), record(2, parent_id="record-1"), record(3, parent_id="record-1"))),
    parent("missing", "A parent is nowhere in the chain.", ("unresolved-parent", 2),
           lines=chain(record(1), record(2, parent_id="nowhere"), record(3))),
    parent("self", "A record names itself.", ("unresolved-parent", 2),
           lines=chain(record(1), record(2, parent_id="record-2"), record(3))),
    parent("later", "A parent comes only after its child.", ("unresolved-parent", 1),
           lines=chain(record(1, parent_id="record-2"), record(2), record(3))),
    parent("empty", "An empty parent_id names nobody.",
           lines=chain(record(1), record(2, parent_id=""), record(3))),
    parent("two-missing", "Each record with such a parent is a warning.",
           ("unresolved-parent", 2), ("unresolved-parent", 3),
           lines=chain(record(1), record(2, parent_id="nowhere"), record(3, parent_id="nowhere"))),
]


# --- Times ----------------------------------------------------------------

def times(name, description, *stamps, earlier=()):
    """Each stamp is the ts of one record; `earlier` lists the records to warn about."""
    records = [record(number, ts=ts) for number, ts in enumerate(stamps, 1)]
    return vector(f"time-{name}", description, chain(*records),
                  intact(len(stamps), [("earlier-timestamp", number) for number in earlier]))


def ignored(name, description, ts):
    """Record 2 would be early if its ts were a time; record 3 is compared with record 1."""
    return times(name, description + " It is no time: it is not compared, and neither with the next one.",
                 "2026-01-01T00:00:05Z", ts, "2026-01-01T00:00:04Z", earlier=[3])


def read(name, description, ts):
    """Record 2 is early, and record 3 is later than record 2."""
    return times(name, description, "2026-01-01T00:00:05Z", ts, "2026-01-01T00:00:04Z", earlier=[2])


TIMES = [
    times("equal", "Equal times are in order.",
          "2026-01-01T00:00:01Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:01.000Z"),
    times("earlier", "The clock went back by a second.",
          "2026-01-01T00:00:05Z", "2026-01-01T00:00:04Z", "2026-01-01T00:00:06Z", earlier=[2]),
    times("earlier-stays", "A record is compared with the one before it, even if that one was early.",
          "2026-01-01T00:00:09Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:05Z", earlier=[2]),
    times("earlier-twice", "The clock went back twice.",
          "2026-01-01T00:00:09Z", "2026-01-01T00:00:05Z", "2026-01-01T00:00:01Z", earlier=[2, 3]),
    times("offset-earlier", "10:00 at two hours east is 08:00 and so before 09:00.",
          "2026-01-01T09:00:00Z", "2026-01-01T10:00:00+02:00", "2026-01-01T09:00:00Z", earlier=[2]),
    times("offset-later", "08:00 at two hours west is 10:00 and so after 09:00.",
          "2026-01-01T09:00:00Z", "2026-01-01T08:00:00-02:00", "2026-01-01T10:00:00Z"),
    times("offset-equal", "The same instant in three notations.",
          "2026-01-01T00:00:00Z", "2026-01-01T05:30:00+05:30", "2025-12-31T23:00:00-01:00"),
    times("offset-minus-zero", "-00:00 is UTC.",
          "2026-01-01T00:00:00Z", "2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00+00:00"),
    times("nanoseconds", "The last of nine digits counts.",
          "2026-01-01T00:00:00.000000002Z", "2026-01-01T00:00:00.000000001Z", "2026-01-01T00:00:00.1Z",
          earlier=[2]),
    times("fraction-lengths", "A fraction is a fraction: .50 is more than .499999999 and as much as .5.",
          "2026-01-01T00:00:00.499999999Z", "2026-01-01T00:00:00.50Z", "2026-01-01T00:00:00.5Z"),
    times("leap-day", "The 29th of February 2028 exists and is before the 1st of March.",
          "2028-03-01T00:00:00Z", "2028-02-29T23:59:59Z", "2028-03-01T00:00:00Z", earlier=[2]),
    read("lowercase", "t and z may be small letters.", "2026-01-01t00:00:03z"),
    read("final-newline", "One newline after the time is passed over.", "2026-01-01T00:00:03Z\n"),
    read("offset-99-99", "Offsets go up to 99:99.", "2026-01-01T00:00:00+99:99"),
    ignored("second-60", "A leap second.", "2025-01-01T00:00:60Z"),
    ignored("hour-24", "24:00 is not read as midnight.", "2025-12-31T24:00:00Z"),
    ignored("february-29", "2025 is no leap year.", "2025-02-29T00:00:00Z"),
    ignored("month-13", "There is no month 13.", "2025-13-01T00:00:00Z"),
    ignored("month-0", "There is no month 0.", "2025-00-01T00:00:00Z"),
    ignored("year-0", "There is no year 0.", "0000-01-01T00:00:00Z"),
    ignored("before-year-1", "The offset leads out of year 1.", "0001-01-01T00:00:00+00:01"),
    ignored("space", "A space stands for the T.", "2025-01-01 00:00:00Z"),
    ignored("no-offset", "Neither Z nor an offset.", "2025-01-01T00:00:00"),
    ignored("offset-no-colon", "An offset without a colon.", "2025-01-01T00:00:00+0000"),
    ignored("no-seconds", "No seconds.", "2025-01-01T00:00Z"),
    ignored("fraction-empty", "A point without digits.", "2025-01-01T00:00:00.Z"),
    ignored("fraction-10-digits", "A fraction of ten digits.", "2025-01-01T00:00:00.0000000001Z"),
    ignored("fraction-comma", "A comma for the point.", "2025-01-01T00:00:00,5Z"),
    ignored("date-only", "A date alone.", "2025-01-01"),
    ignored("leading-space", "A space before the time.", " 2025-01-01T00:00:00Z"),
    ignored("two-newlines", "Two newlines after the time.", "2025-01-01T00:00:00Z\n\n"),
    ignored("text", "Plain text.", "yesterday"),
    ignored("other-digits", "The digits are not those of ASCII.", "\uff12\uff10\uff12\uff15-01-01T00:00:00Z"),
    vector("time-number", "A ts that is no string is a fault of the schema and is not compared.",
           chain(record(1, ts="2026-01-01T00:00:05Z"), record(2, ts=0), record(3, ts="2026-01-01T00:00:04Z")),
           broken(3, None, ("wrong-type", 2), warnings=[("earlier-timestamp", 3)])),
    vector("time-after-year-9999", "The offset leads out of year 9999: no time, not compared.",
           chain(record(1, ts="2026-01-01T00:00:05Z"), record(2, ts="9999-12-31T23:59:59-00:01"),
                 record(3, ts="2026-01-01T00:00:06Z")), intact(3)),
    vector("time-of-unreadable", "The time of a line that cannot be read is not compared.",
           log(*sealed(record(1)), '{"ts":"2027-01-01T00:00:00Z"', *sealed(record(1), record(2))[1:]),
           broken(3, None, ("not-json", 2))),
    vector("time-and-parent", "Warnings of one record stand in the order of the checks.",
           chain(record(1, ts="2026-01-01T00:00:05Z"), record(2, parent_id="nowhere")),
           intact(2, [("earlier-timestamp", 2), ("unresolved-parent", 2)])),
]

VECTORS = [*IDS, *PARENTS, *TIMES]
