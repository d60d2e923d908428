//! How long the smallest parts take, and a chain in memory. `cargo xtask bench` measures the whole program.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on fails")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use sealstone::{
    canon, chain,
    digest::Digest,
    json::{self, Object, Value},
    sample,
    store::read,
    verify::{Proven, Verifier},
};

/// How many records teach the fast path before it is measured.
const WARM: usize = 300;

fn record() -> Object {
    let line = sample::chain(1, 1).next().unwrap();
    match json::read(line.as_bytes()).unwrap().value {
        Value::Object(record) => record,
        other => panic!("{other:?}"),
    }
}

fn parts(criterion: &mut Criterion) {
    let record = record();
    let value = Value::Object(record.clone());
    criterion.bench_function("canonicalise a record", |bencher| {
        bencher.iter(|| canon::to_vec(black_box(&value)));
    });
    criterion.bench_function("seal a record", |bencher| {
        let draft = || record.clone();
        bencher.iter_batched(
            draft,
            |draft| chain::seal(draft, Digest::GENESIS),
            BatchSize::SmallInput,
        );
    });
}

fn step(criterion: &mut Criterion) {
    let lines: Vec<String> = sample::chain(WARM as u64 + 1, 1).collect();
    let (warming, next) = lines.split_at(WARM);
    let warming = warming.concat();
    let next = next[0].trim_end().as_bytes();
    let proven: Proven = {
        let mut verifier = Verifier::new();
        verifier.log(warming.as_bytes());
        verifier.finish_proven().1.unwrap()
    };
    let warm = || {
        let mut verifier = Verifier::new();
        verifier.log(warming.as_bytes());
        verifier
    };
    let plain = || Verifier::resume(proven.clone()).plain();
    criterion.bench_function("verify a line, the fast path", |bencher| {
        bencher.iter_batched_ref(warm, |verifier| verifier.line(next), BatchSize::SmallInput);
    });
    criterion.bench_function("verify a line, the plain way", |bencher| {
        bencher.iter_batched_ref(plain, |verifier| verifier.line(next), BatchSize::SmallInput);
    });
}

fn whole(criterion: &mut Criterion) {
    let log: String = sample::chain(20_000, 1).collect();
    let mut group = criterion.benchmark_group("verify 20,000 records");
    group.throughput(Throughput::Bytes(log.len() as u64));
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new();
        let pool = pool.num_threads(threads).build().unwrap();
        group.bench_function(format!("threads: {threads}"), |bencher| {
            bencher.iter(|| {
                pool.install(|| {
                    let mut verifier = Verifier::new();
                    read::stream(log.as_bytes(), &mut verifier, |_| ()).unwrap();
                    verifier.finish()
                })
            });
        });
    }
    group.finish();
}

criterion_group!(all, parts, step, whole);
criterion_main!(all);
