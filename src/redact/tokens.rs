//! Matchers of the tokens that services issue: each starts with a fixed word.

use super::{
    chars::{
        char_at, char_before, char_run, is_digit, is_quote_or_angle, is_space, is_url_safe, prefix,
        run,
    },
    detectors::Hit,
};

/// Masks all but the first four characters, which name the service.
pub(super) fn first_four(found: &str) -> String {
    format!("{}****", prefix(found, 4))
}

/// Finds the first place, from `from` on, that starts with a word of `words` and where `end_of` says how far
/// the token behind the word goes.
fn find_words(
    text: &str,
    from: usize,
    words: &[&str],
    end_of: impl Fn(&str, usize) -> Option<usize>,
) -> Option<Hit> {
    let bytes = text.as_bytes();
    let mut is_first = [false; 256];
    for word in words {
        is_first[usize::from(word.as_bytes()[0])] = true;
    }
    for at in from..bytes.len() {
        if !is_first[usize::from(bytes[at])] {
            continue;
        }
        for word in words {
            if bytes[at..].starts_with(word.as_bytes())
                && let Some(end) = end_of(word, at + word.len())
            {
                return Some(Hit::new(at, end));
            }
        }
    }
    None
}

/// Returns the end of a run of at least `min` bytes of `class`.
fn at_least(bytes: &[u8], at: usize, min: usize, class: impl Fn(u8) -> bool) -> Option<usize> {
    let end = run(bytes, at, usize::MAX, class);
    (end - at >= min).then_some(end)
}

/// Returns the end of exactly `count` bytes of `class`; more may follow.
fn exactly(bytes: &[u8], at: usize, count: usize, class: impl Fn(u8) -> bool) -> Option<usize> {
    let end = run(bytes, at, count, class);
    (end - at == count).then_some(end)
}

pub(super) fn api_key(text: &str, from: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    find_words(text, from, &["sk-", "AKIA", "xox"], |word, at| match word {
        "sk-" => at_least(bytes, at, 20, is_url_safe),
        "AKIA" => exactly(bytes, at, 16, |b| {
            b.is_ascii_digit() || b.is_ascii_uppercase()
        }),
        _ => {
            let kind = exactly(bytes, at, 1, |b| b"baprs".contains(&b))?;
            let dash = exactly(bytes, kind, 1, |b| b == b'-')?;
            at_least(bytes, dash, 10, |b| b.is_ascii_alphanumeric() || b == b'-')
        }
    })
}

pub(super) fn gcp_api_key(text: &str, from: usize) -> Option<Hit> {
    find_words(text, from, &["AIza"], |_, at| {
        at_least(text.as_bytes(), at, 35, is_url_safe)
    })
}

pub(super) fn stripe_key(text: &str, from: usize) -> Option<Hit> {
    const WORDS: [&str; 6] = [
        "sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "pk_test_",
    ];
    find_words(text, from, &WORDS, |_, at| {
        at_least(text.as_bytes(), at, 16, |b| b.is_ascii_alphanumeric())
    })
}

pub(super) fn github_token(text: &str, from: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let words = ["ghp_", "gho_", "ghs_", "ghu_", "github_pat_"];
    find_words(text, from, &words, |word, at| {
        if word == "github_pat_" {
            at_least(bytes, at, 22, |b| b.is_ascii_alphanumeric() || b == b'_')
        } else {
            exactly(bytes, at, 36, |b| b.is_ascii_alphanumeric())
        }
    })
}

pub(super) fn webhook_url(text: &str, from: usize) -> Option<Hit> {
    const FIXED: [&str; 4] = [
        "hooks.slack.com/services/",
        "discord.com/api/webhooks/",
        "discordapp.com/api/webhooks/",
        "outlook.office.com/webhook/",
    ];
    find_words(text, from, &["https://"], |_, at| {
        let fixed = FIXED.iter().find(|fixed| text[at..].starts_with(**fixed));
        let path = match fixed {
            Some(fixed) => at + fixed.len(),
            None => office_path(text, at)?,
        };
        let end = char_run(text, path, usize::MAX, |c| {
            !is_space(c) && !is_quote_or_angle(c)
        });
        (end > path).then_some(end)
    })
}

/// Returns where the token starts behind a tenant's host.
fn office_path(text: &str, at: usize) -> Option<usize> {
    let host_end = run(text.as_bytes(), at, usize::MAX, |b| {
        b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-'
    });
    let tenant = text[at..host_end].strip_suffix(".webhook.office.com")?;
    let token = text[host_end..].strip_prefix("/webhookb2/")?;
    (!tenant.is_empty()).then_some(text.len() - token.len())
}

/// Keeps the host and the first segment of the path.
pub(super) fn mask_webhook_url(found: &str) -> String {
    let kept = found.strip_prefix("https://").and_then(|rest| {
        let (host, path) = rest.split_once('/')?;
        let (segment, _) = path.split_once('/')?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        (!segment.is_empty() && segment.bytes().all(plain)).then(|| format!("{host}/{segment}/"))
    });
    format!("https://{}****", kept.unwrap_or_default())
}

pub(super) fn jwt(text: &str, from: usize) -> Option<Hit> {
    const MIN: usize = 10;
    const MAX: usize = 8192;
    let bytes = text.as_bytes();
    let part = |at: usize| {
        let end = run(bytes, at, MAX, is_url_safe);
        (end - at >= MIN).then_some(end)
    };
    let dot = |at: usize| (bytes.get(at) == Some(&b'.')).then_some(at + 1);
    find_words(text, from, &["eyJ"], |word, at| {
        let start = at - word.len();
        if start > 0 && is_url_safe(bytes[start - 1]) {
            return None;
        }
        part(dot(part(dot(part(at)?)?)?)?)
    })
}

pub(super) fn bot_token(text: &str, from: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let mut search = from;
    while let Some(colon) = bytes[search..].iter().position(|b| *b == b':') {
        let colon = search + colon;
        search = colon + 1;
        let end = run(bytes, search, 41, is_url_safe);
        if !(30..=40).contains(&(end - search)) {
            continue;
        }
        let mut longest = None;
        let mut start = colon;
        for count in 1..=10 {
            let Some(digit) = char_before(text, start).filter(|c| is_digit(*c)) else {
                break;
            };
            start -= digit.len_utf8();
            let follows_digit = start > 0 && bytes[start - 1].is_ascii_digit();
            if count >= 8 && start >= from && !follows_digit {
                longest = Some(start);
            }
        }
        if let Some(start) = longest {
            return Some(Hit::new(start, end));
        }
    }
    None
}

pub(super) fn bearer_token(text: &str, from: usize) -> Option<Hit> {
    find_words(text, from, &["Bearer"], |_, at| {
        let token = char_run(text, at, usize::MAX, is_space);
        if token == at || char_at(text, token).is_none() {
            return None;
        }
        at_least(text.as_bytes(), token, 20, |b| is_url_safe(b) || b == b'.')
    })
}

#[cfg(test)]
mod tests {
    use crate::redact::{Rule, mask};

    fn named(text: &str) -> String {
        mask(text, Rule::Named).into_owned()
    }

    #[test]
    fn api_keys_keep_four_characters() {
        assert_eq!(named("sk-a1B2c3D4e5F6g7H8i9J0"), "sk-a****");
        assert_eq!(named("xAKIAIOSFODNN7EXAMPLE99"), "xAKIA****99");
        assert_eq!(named("xoxb-1234567890"), "xoxb****");
    }

    #[test]
    fn a_key_that_is_too_short_is_none() {
        for text in [
            "sk-a1B2c3D4e5F6g7H8i9J",
            "AKIAIOSFODNN7EXAMPL",
            "xoxb-123456789",
            "xoxe-1234567890",
            "AIzaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "pk_test_aaaaaaaaaaaaaaa",
            "ghr_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "Bearer aaaaaaaaaaaaaaaaaaa",
            "eyJaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa",
        ] {
            assert_eq!(named(text), text);
        }
    }

    #[test]
    fn a_github_token_is_36_characters_and_no_more() {
        let text = format!("ghp_{}", "a".repeat(40));
        assert_eq!(named(&text), "ghp_****aaaa");
        assert_eq!(named(&format!("github_pat_{}", "a".repeat(30))), "gith****");
    }

    #[test]
    fn a_webhook_keeps_its_host_and_first_segment() {
        assert_eq!(
            named("https://hooks.slack.com/services/T00/B00/XXXX"),
            "https://hooks.slack.com/services/****"
        );
        assert_eq!(
            named("https://discord.com/api/webhooks/1/a"),
            "https://discord.com/api/****"
        );
        assert_eq!(
            named("https://a.b.webhook.office.com/webhookb2/x\"y"),
            "https://a.b.webhook.office.com/webhookb2/****\"y"
        );
    }

    #[test]
    fn other_hosts_have_no_webhooks() {
        for text in [
            "https://hooks.slack.com/services/",
            "https://canary.discord.com/api/webhooks/1/a",
            "https://.webhook.office.com/webhookb2/a",
            "HTTPS://hooks.slack.com/services/x",
        ] {
            assert_eq!(named(text), text);
        }
    }

    #[test]
    fn a_jwt_starts_where_a_token_starts() {
        let token = "eyJaaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa";
        assert_eq!(named(&format!(".{token}.rest")), ".eyJ****.rest");
        assert_eq!(named(&format!("x{token}")), format!("x{token}"));
    }

    #[test]
    fn a_bot_token_has_eight_to_ten_digits_of_any_script() {
        let token = "a".repeat(35);
        assert_eq!(named(&format!("x12345678:{token}.")), "x****.");
        assert_eq!(named(&format!("\u{661}2345678:{token}")), "****");
        for text in [
            format!("12345678901:{token}"),
            format!("12345678:{token}aaaaaa"),
        ] {
            assert_eq!(named(&text), text);
        }
    }
}
