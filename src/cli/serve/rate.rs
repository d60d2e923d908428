//! How often somebody may ask.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How many of those who ask are remembered. Of more, the ones that asked least recently are forgotten.
const REMEMBERED: usize = 10_000;

/// At most so many times in any stretch of time.
#[derive(Debug)]
pub(in crate::cli) struct Window<K> {
    most: usize,
    length: Duration,
    times: HashMap<K, VecDeque<Instant>>,
}

impl<K: Eq + Hash + Clone> Window<K> {
    pub(in crate::cli) fn new(most: usize, length: Duration) -> Self {
        Self {
            most,
            length,
            times: HashMap::new(),
        }
    }

    /// Counts one more time, unless there were as many as there may be.
    pub(in crate::cli) fn take(&mut self, who: &K, now: Instant) -> bool {
        if self.is_full(who, now) {
            return false;
        }
        if self.times.len() >= REMEMBERED && !self.times.contains_key(who) {
            self.make_room(now);
        }
        let times = self.times.entry(who.clone()).or_default();
        times.push_back(now);
        true
    }

    /// Whether there were as many times as there may be.
    pub(in crate::cli) fn is_full(&mut self, who: &K, now: Instant) -> bool {
        let length = self.length;
        let Some(times) = self.times.get_mut(who) else {
            return false;
        };
        while times
            .front()
            .is_some_and(|time| now.duration_since(*time) >= length)
        {
            times.pop_front();
        }
        times.len() >= self.most
    }

    /// Forgets those whose times are past, or else the one that asked least recently.
    fn make_room(&mut self, now: Instant) {
        let length = self.length;
        let is_past = |time: &Instant| now.duration_since(*time) >= length;
        self.times
            .retain(|_, times| !times.back().is_none_or(is_past));
        if self.times.len() >= REMEMBERED {
            let last = |(_, times): &(&K, &VecDeque<Instant>)| times.back().copied();
            let oldest = self.times.iter().min_by_key(last);
            if let Some(who) = oldest.map(|(who, _)| who.clone()) {
                self.times.remove(&who);
            }
        }
    }
}

/// How often an address presented a key that is none.
///
/// An address of this machine is never held back: a reverse proxy asks from there for everybody, and holding it back
/// would let anyone shut everybody out. Such a proxy must limit by itself. Of IPv6 addresses the first 64 bits count, which
/// is what one customer of a network has.
#[derive(Debug)]
pub(in crate::cli) struct Addresses(Window<IpAddr>);

impl Addresses {
    pub(in crate::cli) fn new(most: usize, length: Duration) -> Self {
        Self(Window::new(most, length))
    }

    /// Whether an address failed too often to be listened to.
    pub(in crate::cli) fn is_held_back(&mut self, address: IpAddr, now: Instant) -> bool {
        network(address).is_some_and(|network| self.0.is_full(&network, now))
    }

    /// Counts that an address presented a key that is none.
    pub(in crate::cli) fn failed(&mut self, address: IpAddr, now: Instant) {
        if let Some(network) = network(address) {
            self.0.take(&network, now);
        }
    }
}

/// How many connections each address has. One of this machine may have any number, for the same reason.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// The place of a connection. It is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    network: Option<IpAddr>,
}

impl Places {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            taken: Mutex::default(),
        }
    }

    /// Takes a place for a connection, unless its address has as many as it may have.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let network = network(address);
        if let Some(network) = network {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let count = taken.entry(network).or_default();
            if *count >= self.most {
                return None;
            }
            *count += 1;
        }
        let places = Arc::clone(self);
        Some(Place { places, network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(network) = self.network else {
            return;
        };
        let taken = self.places.taken.lock();
        let mut taken = taken.unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&network);
            }
        }
    }
}

/// Returns what an address is counted as; nothing for one of this machine.
fn network(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Some(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
        }
        IpAddr::V4(address) => Some(address.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn a_window_slides() {
        let start = sealstone::system::start();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut window = Window::new(3, MINUTE);
        for seconds in [0, 30, 59] {
            assert!(window.take(&'a', at(seconds)), "{seconds}");
        }
        assert!(!window.take(&'a', at(59)));
        assert!(window.take(&'b', at(59)));
        assert!(window.take(&'a', at(60)));
        assert!(!window.take(&'a', at(89)));
        assert!(window.take(&'a', at(90)));
    }

    #[test]
    fn those_who_ask_are_forgotten_in_the_order_in_which_they_asked() {
        let start = sealstone::system::start();
        let mut window = Window::new(1, MINUTE);
        for who in 0..REMEMBERED {
            let millis = u64::try_from(who).unwrap();
            assert!(window.take(&who, start + Duration::from_millis(millis)));
        }
        let now = start + Duration::from_secs(30);
        assert!(window.take(&REMEMBERED, now));
        assert_eq!(window.times.len(), REMEMBERED);
        assert!(window.take(&0, now) && !window.take(&2, now));
        assert!(window.take(&(REMEMBERED + 1), start + 2 * MINUTE));
        assert_eq!(window.times.len(), 1);
    }

    #[test]
    fn an_address_has_so_many_places_and_this_machine_any_number() {
        let places = Arc::new(Places::new(2));
        let take = |address: &str| places.take(address.parse().unwrap());
        let (first, second) = (take("192.0.2.1"), take("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some() && take("192.0.2.1").is_none());
        let _other = take("192.0.2.2").unwrap();
        drop(first);
        let third = take("192.0.2.1");
        assert!(third.is_some() && take("192.0.2.1").is_none());
        let local: Vec<_> = (0..9).map(|_| take("127.0.0.1").unwrap()).collect();
        drop((second, third, local));
        assert_eq!(places.taken.lock().unwrap().len(), 1);
    }

    #[test]
    fn this_machine_is_not_held_back_and_a_network_is_one() {
        let now = sealstone::system::start();
        let mut addresses = Addresses::new(2, MINUTE);
        let mut is_held_back = |address: &str| {
            let address = address.parse().unwrap();
            let is_held_back = addresses.is_held_back(address, now);
            addresses.failed(address, now);
            is_held_back
        };
        for local in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!((0..9).all(|_| !is_held_back(local)), "{local}");
        }
        let held: Vec<bool> = ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"]
            .map(&mut is_held_back)
            .to_vec();
        assert_eq!(held, [false, false, true, false]);
        let held = [
            "2001:db8::1",
            "2001:db8::2",
            "2001:db8::3",
            "2001:db8:0:1::1",
        ];
        assert_eq!(held.map(is_held_back), [false, false, true, false]);
    }
}
