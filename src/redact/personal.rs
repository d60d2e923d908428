//! Matchers of personal data and internal addresses: known by their shape, some by a check sum.

use super::{
    chars::{char_at, char_run, digits, is_boundary, is_digit, is_space, is_word, prefix, run},
    detectors::Hit,
};

/// Returns the places, from `from` on, that are wanted and where a word starts or ends.
fn boundaries(
    text: &str,
    from: usize,
    wanted: impl Fn(usize) -> bool,
) -> impl Iterator<Item = usize> {
    (from..text.len()).filter(move |at| wanted(*at) && is_boundary(text, *at))
}

/// Whether a decimal digit may start with `byte`.
fn starts_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || byte >= 0xC2
}

pub(super) fn iban(text: &str, from: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let mut search = from;
    loop {
        let (start, shape_end) = boundaries(text, search, |at| {
            bytes[at].is_ascii_alphabetic() && bytes.get(at + 2).is_some_and(u8::is_ascii_digit)
        })
        .find_map(|start| iban_shape(text, start).map(|end| (start, end)))?;
        if let Some(end) = iban_prefix(&bytes[start..shape_end]) {
            return Some(Hit {
                start,
                end: start + end,
                next: shape_end,
            });
        }
        search = shape_end;
    }
}

/// Returns the end of the longest text at `start` that is written like an IBAN.
fn iban_shape(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if run(bytes, start, 2, |b| b.is_ascii_alphabetic()) != start + 2
        || run(bytes, start + 2, 2, |b| b.is_ascii_digit()) != start + 4
    {
        return None;
    }
    let gap = |at: usize| {
        char_run(text, at, 2, |c| {
            matches!(c, ' ' | '.' | '-' | '\t' | '\u{A0}')
        })
    };
    let mut ends = [0; 7];
    let mut groups = 0;
    let mut at = start + 4;
    while groups < ends.len() {
        let group = gap(at);
        let end = run(bytes, group, 4, |b| b.is_ascii_alphanumeric());
        if end - group < 4 {
            break;
        }
        at = end;
        ends[groups] = end;
        groups += 1;
    }
    ends[..groups].iter().skip(1).rev().find_map(|full| {
        let last = gap(*full);
        let end = run(bytes, last, 4, |b| b.is_ascii_alphanumeric());
        (last + 1..=end)
            .rev()
            .chain([*full])
            .find(|end| is_boundary(text, *end))
    })
}

/// Returns the end of the longest prefix of 15 to 34 letters and digits whose check sum holds.
fn iban_prefix(shape: &[u8]) -> Option<usize> {
    let kept: Vec<(usize, u8)> = shape
        .iter()
        .enumerate()
        .filter(|(_, b)| b.is_ascii_alphanumeric())
        .map(|(at, b)| (at + 1, *b))
        .collect();
    (15..=kept.len().min(34))
        .rev()
        .find(|length| {
            let rotated = kept[4..*length].iter().chain(&kept[..4]);
            let remainder = rotated.fold(0, |remainder, (_, b)| {
                let value = char::from(*b).to_digit(36).unwrap_or_default();
                (remainder * if value < 10 { 10 } else { 100 } + value) % 97
            });
            remainder == 1
        })
        .map(|length| kept[length - 1].0)
}

pub(super) fn credit_card(text: &str, from: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let mut search = from;
    loop {
        let (start, end) = boundaries(text, search, |at| matches!(bytes[at], b'3'..=b'6'))
            .find_map(|start| card_shape(text, start).map(|end| (start, end)))?;
        if luhn(&text[start..end]) {
            return Some(Hit::new(start, end));
        }
        search = end;
    }
}

/// Returns the end of the longest text at `start` that is written like a card number.
fn card_shape(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let issuer = bytes.get(start..start + 4)?;
    let known = issuer.iter().all(u8::is_ascii_digit)
        && matches!(
            issuer,
            [b'4', ..]
                | [b'5', b'1'..=b'5', ..]
                | [b'3', b'4' | b'7', ..]
                | [b'6', b'5', ..]
                | b"6011"
        );
    if !known {
        return None;
    }
    let mut at = start + 4;
    let mut longest = None;
    for count in 1..=13 {
        let separator = char_at(text, at)
            .filter(|c| matches!(c, ' ' | '.' | '-' | '\u{A0}' | '\u{2007}' | '\u{202F}'));
        let digit = at + separator.map_or(0, char::len_utf8);
        if !bytes.get(digit).is_some_and(u8::is_ascii_digit) {
            break;
        }
        at = digit + 1;
        if count >= 9 && is_boundary(text, at) {
            longest = Some(at);
        }
    }
    longest
}

fn luhn(card: &str) -> bool {
    let mut sum = 0;
    let digits = card.bytes().rev().filter(u8::is_ascii_digit);
    for (index, digit) in digits.enumerate() {
        let digit = u32::from(digit - b'0');
        sum += match index % 2 {
            0 => digit,
            _ if digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        };
    }
    sum % 10 == 0
}

/// Keeps the last four digits.
pub(super) fn mask_credit_card(found: &str) -> String {
    let digits: Vec<char> = found.chars().filter(char::is_ascii_digit).collect();
    let last = digits[digits.len().saturating_sub(4)..].iter();
    format!("****{}", last.collect::<String>())
}

pub(super) fn ssn(text: &str, from: usize) -> Option<Hit> {
    let separator = |at: usize| {
        let is_separator = matches!(text.as_bytes().get(at), Some(b'-' | b' '));
        is_separator.then_some(at + 1)
    };
    let shape = |start| {
        let area = separator(digits(text, start, 3)?)?;
        let group = separator(digits(text, area, 2)?)?;
        digits(text, group, 4).filter(|end| is_boundary(text, *end))
    };
    boundaries(text, from, |at| starts_digit(text.as_bytes()[at]))
        .find_map(|start| shape(start).map(|end| Hit::new(start, end)))
}

pub(super) fn email(text: &str, from: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let mut search = from;
    loop {
        let at = search + bytes[search..].iter().position(|b| *b == b'@')?;
        search = at + 1;
        if let Some(start) = email_local(text, from, at)
            && let Some(end) = email_domain(text, at + 1)
        {
            return Some(Hit::new(start, end));
        }
    }
}

/// Returns where the local part before the `@` starts: as far back as it may, at the edge of a word.
fn email_local(text: &str, from: usize, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_local = |b: u8| b.is_ascii_alphanumeric() || b"._%+-".contains(&b);
    let mut start = at;
    while start > from && at - start < 64 && is_local(bytes[start - 1]) {
        start -= 1;
    }
    (start..at).find(|start| is_boundary(text, *start))
}

/// Returns the end of the domain: of its labels, as many as leave a top-level one that ends a word.
fn email_domain(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start;
    let mut longest = None;
    for _ in 0..16 {
        let label = run(bytes, at, 63, |b| b.is_ascii_alphanumeric() || b == b'-');
        if label == at || bytes.get(label) != Some(&b'.') {
            break;
        }
        at = label + 1;
        let end = run(bytes, at, 25, |b| b.is_ascii_alphabetic());
        if (2..=24).contains(&(end - at)) && !char_at(text, end).is_some_and(is_word) {
            longest = Some(end);
        }
    }
    longest
}

/// Keeps the first character and the domain.
pub(super) fn mask_email(found: &str) -> String {
    let domain = found.find('@').map_or("", |at| &found[at..]);
    format!("{}****{domain}", prefix(found, 1))
}

pub(super) fn ip_internal(text: &str, from: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    boundaries(text, from, |at| bytes[at] == b'1')
        .find_map(|start| ip_shape(text, start).map(|end| Hit::new(start, end)))
}

fn ip_shape(text: &str, start: usize) -> Option<usize> {
    let second = |at: usize| {
        let end = char_run(text, at, 3, is_digit);
        let mut digits = text[at..end].chars();
        let private = match (digits.next()?, digits.next()?) {
            ('1', unit) => ('6'..='9').contains(&unit),
            ('2', _) => true,
            ('3', unit) => ('0'..='1').contains(&unit),
            _ => false,
        };
        (private && digits.next().is_none()).then_some(end)
    };
    let rest = &text[start..];
    let second_end = if rest.starts_with("10.") {
        octet(text, start + 3)?
    } else if rest.starts_with("192.168") {
        start + 7
    } else if rest.starts_with("172.") {
        second(start + 4)?
    } else {
        return None;
    };
    let third_end = octet(text, dot(text, second_end)?)?;
    let end = octet(text, dot(text, third_end)?)?;
    is_boundary(text, end).then_some(end)
}

fn octet(text: &str, at: usize) -> Option<usize> {
    let end = char_run(text, at, 3, is_digit);
    (end > at).then_some(end)
}

fn dot(text: &str, at: usize) -> Option<usize> {
    (text.as_bytes().get(at) == Some(&b'.')).then_some(at + 1)
}

/// Keeps the first two octets.
pub(super) fn mask_ip_internal(found: &str) -> String {
    let mut octets = found.split('.');
    let first = octets.next().unwrap_or_default();
    let second = octets.next().unwrap_or_default();
    format!("{first}.{second}.*.*")
}

pub(super) fn phone(text: &str, from: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let wanted = |at: usize| matches!(bytes[at], b'+' | b'(') || starts_digit(bytes[at]);
    boundaries(text, from, wanted).find_map(|start| {
        let behind_country = phone_country(text, start);
        behind_country
            .and_then(|at| phone_number(text, at))
            .or_else(|| phone_number(text, start))
            .map(|end| Hit::new(start, end))
    })
}

/// Returns the end of `1` or `+1` and a separator.
fn phone_country(text: &str, start: usize) -> Option<usize> {
    let rest = &text[start..];
    let behind = rest.strip_prefix('+').unwrap_or(rest).strip_prefix('1')?;
    phone_separator(text, text.len() - behind.len())
}

fn phone_number(text: &str, start: usize) -> Option<usize> {
    let skip = |at: usize, byte: u8| at + usize::from(text.as_bytes().get(at) == Some(&byte));
    let area = digits(text, skip(start, b'('), 3)?;
    let exchange = digits(text, phone_separator(text, skip(area, b')'))?, 3)?;
    let end = digits(text, phone_separator(text, exchange)?, 4)?;
    is_boundary(text, end).then_some(end)
}

fn phone_separator(text: &str, at: usize) -> Option<usize> {
    let c = char_at(text, at).filter(|c| matches!(c, '-' | '.') || is_space(*c))?;
    Some(at + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use crate::redact::{Rule, mask, scan};

    fn named(text: &str) -> String {
        mask(text, Rule::Named).into_owned()
    }

    fn assert_kept(texts: &[&str]) {
        for text in texts {
            assert_eq!(named(text), *text);
        }
    }

    #[test]
    fn an_iban_is_masked_however_it_is_spaced() {
        for text in [
            "GB82WEST12345698765432",
            "gb82 WEST 1234 5698 7654 32",
            "GB82-WEST-1234-5698-7654-32",
            "GB82\tWEST\u{A0}1234.5698-7654 32",
            "GB82  WEST  1234 5698 7654 32",
        ] {
            assert_eq!(named(text), "GB****");
        }
    }

    #[test]
    fn what_follows_an_iban_stays() {
        assert_eq!(named("DE89 3704 0044 0532 0130 00ABCD"), "DE****ABCD");
        assert_eq!(named("NO93 8601 1117 947 and more"), "NO**** and more");
    }

    #[test]
    fn an_iban_has_a_check_sum() {
        assert_kept(&[
            "GB82 WEST 1234 5698 7654 33",
            "xGB82WEST12345698765432",
            "GB82   WEST 1234 5698 7654 32",
        ]);
    }

    #[test]
    fn a_card_keeps_its_last_four_digits() {
        for text in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "4111\u{2007}1111\u{202F}1111\u{A0}1111",
        ] {
            assert_eq!(named(text), "****1111");
        }
        assert_eq!(
            named("4012 8888 8888 1881 4111111111111111"),
            "****1881 ****1111"
        );
    }

    #[test]
    fn a_card_has_a_check_sum_and_a_known_issuer() {
        assert_kept(&[
            "4111111111111112",
            "x4111111111111111",
            "4111111111111111x",
            "4111  1111 1111 1111",
            "3530111333300000",
            "41111111111111111115",
        ]);
    }

    #[test]
    fn the_digits_of_an_iban_are_no_card() {
        let findings = scan(&"Xx50 6525 9006 2224 1127 3245 0997 7".into());
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].kind, "iban");
    }

    #[test]
    fn a_social_security_number_stands_alone() {
        assert_eq!(named("123 45-6789"), "***-**-6789");
        assert_eq!(named("\u{661}\u{662}\u{663}-45-6789"), "***-**-6789");
        assert_kept(&["a123-45-6789", "123-45-67890", "é123-45-6789"]);
    }

    #[test]
    fn an_address_keeps_its_first_character_and_domain() {
        assert_eq!(named("mail .bob@example.com."), "mail .b****@example.com.");
        assert_eq!(named("a@b@c.de"), "a@b****@c.de");
        assert_eq!(named("a@b.co.x@y.de"), "a****@b.co.****@y.de");
        assert_eq!(named("a@b.com.c1"), "a****@b.com.c1");
    }

    #[test]
    fn an_address_needs_a_word_and_a_top_level_domain() {
        assert_kept(&[
            "a@b.c",
            "a@b..co",
            "é@b.co",
            "a@b.com1",
            "a@b.comé",
            "+@x.yz",
        ]);
    }

    #[test]
    fn an_internal_address_keeps_two_octets() {
        assert_eq!(
            named("10.1.2.3 192.168.1.1.5 172.31.0.9"),
            "10.1.*.* 192.168.*.*.5 172.31.*.*"
        );
        assert_kept(&[
            "110.1.2.3",
            "10.1.2.3456",
            "172.32.1.1",
            "x10.1.2.3",
            "8.8.8.8",
        ]);
    }

    #[test]
    fn a_phone_number_keeps_four_digits() {
        assert_eq!(named("+1 555-123-4567"), "+***-***-4567");
        assert_eq!(named("(555) 123-4567"), "(***-***-4567");
        assert_eq!(named("1-555.123 4567"), "***-***-4567");
        assert_kept(&[
            "5551234567",
            "+1(555)123-4567",
            "1555-123-4567",
            "555-123-45678",
        ]);
    }
}
