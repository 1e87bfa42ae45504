//! From noise to latents: schedules, solvers, guidance and the loop. Knows families only by their trait.

pub mod guidance;
pub mod noise;
pub mod sampler;
pub mod schedule;
pub mod solver;
