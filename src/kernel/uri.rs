//! The parts of a URI, as `java.net.URI` finds them (RFC 2396 with IPv6 hosts).
//!
//! Parts are given as written, escapes and all. Characters beyond ASCII are allowed anywhere but where they
//! are blanks or controls, as in Java.

/// The parts of a URI; None where it has no such part.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Uri<'a> {
    /// `https`
    pub scheme: Option<&'a str>,
    /// `user:password@host:80`
    pub authority: Option<&'a str>,
    /// `user:password`
    pub user_info: Option<&'a str>,
    /// `host`, None if the authority is not of a server
    pub host: Option<&'a str>,
    /// `/a/b`; None in an opaque URI such as `mailto:a@b`
    pub path: Option<&'a str>,
    /// `x=1&y=2`
    pub query: Option<&'a str>,
    /// Behind `#`.
    pub fragment: Option<&'a str>,
}

impl<'a> Uri<'a> {
    /// Splits a URI; None if it is malformed.
    pub fn parse(text: &'a str) -> Option<Uri<'a>> {
        let mut uri = Uri::default();
        let (text, fragment) = split_before(text, '#');
        uri.fragment = fragment;
        if !fragment.is_none_or(|fragment| legal(fragment, URIC)) {
            return None;
        }
        let scheme_end = text.find([':', '/', '?']);
        let rest = match scheme_end {
            Some(end) if text.as_bytes()[end] == b':' => {
                let scheme = &text[..end];
                if !is_scheme(scheme) {
                    return None;
                }
                uri.scheme = Some(scheme);
                &text[end + 1..]
            }
            _ => text,
        };
        if uri.scheme.is_some() && !rest.starts_with('/') {
            // opaque: there is nothing else to find in it
            return (!rest.is_empty() && legal(rest, URIC)).then_some(uri);
        }
        let (hierarchy, query) = split_before(rest, '?');
        uri.query = query;
        if !query.is_none_or(|query| legal(query, URIC)) {
            return None;
        }
        let path = match hierarchy.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                let (authority, path) = rest.split_at(end);
                if authority.is_empty() {
                    // Java takes `file:///path`, but not `http://`
                    if path.is_empty() {
                        return None;
                    }
                } else {
                    if !legal(authority, AUTHORITY) {
                        return None;
                    }
                    uri.authority = Some(authority);
                    (uri.user_info, uri.host) = server(authority);
                }
                path
            }
            None => hierarchy,
        };
        if !legal(path, PATH) {
            return None;
        }
        uri.path = Some(path);
        Some(uri)
    }
}

const PATH: &str = "_-!.~'()*;/:@&=+$,";
const URIC: &str = "_-!.~'()*;/?:@&=+$,[]";
const AUTHORITY: &str = "_-!.~'()*;:@&=+$,[]";

fn split_before(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((head, tail)) => (head, Some(tail)),
        None => (text, None),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Whether a text has only letters, digits, these marks, escapes and characters beyond ASCII.
fn legal(text: &str, marks: &str) -> bool {
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let fine = match c {
            '%' => (0..2).all(|_| rest.next().is_some_and(|c| c.is_ascii_hexdigit())),
            c if c.is_ascii() => c.is_ascii_alphanumeric() || marks.contains(c),
            c => !c.is_whitespace() && !c.is_control(),
        };
        if !fine {
            return false;
        }
    }
    true
}

/// User information and host of an authority, if it is one of a server.
fn server(authority: &str) -> (Option<&str>, Option<&str>) {
    let (user_info, rest) = match authority.split_once('@') {
        Some((user_info, rest)) => (Some(user_info), rest),
        None => (None, authority),
    };
    let (host, port) = if rest.starts_with('[') {
        match rest.find(']') {
            Some(end) => (&rest[..=end], &rest[end + 1..]),
            None => return (None, None),
        }
    } else {
        rest.split_at(rest.find(':').unwrap_or(rest.len()))
    };
    let port_fine = match port.strip_prefix(':') {
        Some(port) => port.bytes().all(|b| b.is_ascii_digit()),
        None => port.is_empty(),
    };
    if !port_fine || !is_host(host) {
        return (None, None);
    }
    (user_info, Some(host))
}

/// A host name, an IPv4 address or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    if let Some(address) = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        let address = address.split('%').next().unwrap_or(address);
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return true;
    }
    let labels = host.strip_suffix('.').unwrap_or(host).split('.');
    let mut last = "";
    for label in labels {
        let alphanumeric = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let inner = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !inner || !alphanumeric(label.chars().next()) || !alphanumeric(label.chars().next_back())
        {
            return false;
        }
        last = label;
    }
    last.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let uri = Uri::parse("http://u:p@spark.apache.org:80/path?query=1#frag").unwrap();
        assert_eq!(uri.scheme, Some("http"));
        assert_eq!(uri.user_info, Some("u:p"));
        assert_eq!(uri.host, Some("spark.apache.org"));
        assert_eq!(uri.path, Some("/path"));
        assert_eq!(uri.query, Some("query=1"));
        assert_eq!(uri.fragment, Some("frag"));
        assert_eq!(
            Uri::parse("http://spark.apache.org").unwrap().path,
            Some("")
        );
        assert_eq!(
            Uri::parse("spark.apache.org/a").unwrap().path,
            Some("spark.apache.org/a")
        );
        assert_eq!(Uri::parse("mailto:a@b").unwrap().host, None);
        assert_eq!(Uri::parse("http://a_b/").unwrap().host, None);
        assert!(Uri::parse("http://a.b/p?q=a b").is_none());
        assert!(Uri::parse("inva lid://x").is_none());
    }
}
