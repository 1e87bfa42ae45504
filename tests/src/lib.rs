//! What the end-to-end tests and the benchmarks share: facts about the machine, and a restless person for soak runs.

pub mod machine;
pub mod soak;
