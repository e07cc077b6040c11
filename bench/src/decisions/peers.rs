//! Other engines of the field: the same facts and the same policy, said the way each wants it, at the sizes they bear.

#[cfg(feature = "peers")]
mod casbin;
#[cfg(feature = "peers")]
mod cedar;
#[cfg(feature = "peers")]
mod regorus;

use super::world::{Asked, World};

/// Nanoseconds a decision, by peer.
#[cfg(feature = "peers")]
pub fn measure(world: &World, asked: &[Asked]) -> Vec<(&'static str, f64)> {
    if world.people.len() > 100_000 {
        return Vec::new();
    }
    vec![
        ("cedar", cedar::measure(world, &asked[..20_000])),
        ("regorus", regorus::measure(world, &asked[..20_000])),
        ("casbin", casbin::measure(world, &asked[..1_000])),
    ]
}

/// Built without peers.
#[cfg(not(feature = "peers"))]
pub fn measure(_: &World, _: &[Asked]) -> Vec<(&'static str, f64)> {
    Vec::new()
}

/// The median of the runs; every answer is compared.
#[cfg(feature = "peers")]
fn median_of(asked: &[Asked], mut answer: impl FnMut(usize) -> bool) -> f64 {
    let mut runs = Vec::new();
    for _ in 0..super::RUNS {
        let began = std::time::Instant::now();
        let wrong = asked.iter().enumerate().filter(|(at, one)| answer(*at) != one.expected).count();
        let spent = began.elapsed();
        assert!(wrong == 0, "{wrong} of {} answers are wrong", asked.len());
        runs.push(super::round(spent.as_secs_f64() * 1e9 / asked.len() as f64));
    }
    super::median(&runs)
}
