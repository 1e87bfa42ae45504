//! What a person chose to do without, in the planner's words, and the planner's offers in the engine's.

use std::sync::{Mutex, PoisonError};

use parlance_engine::generator::{Offer, Remedy, Saving, Savings};
use parlance_model::released::forecast::{self, Change, Machine, Task, Thrift};
use parlance_model::residency::Precision;

use super::said;

/// What was chosen: asked by the engine's thread and the screen, set by the screen.
#[derive(Default)]
pub(super) struct Chosen(Mutex<Thrift>);

impl Chosen {
    pub(super) fn set(&self, savings: &Savings) {
        let thrift = savings.iter().fold(Thrift::default(), |thrift, saving| thrift.with(change(*saving)));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = thrift;
    }

    pub(super) fn get(&self) -> Thrift {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The model's name with the bits of its weights, where those are not as in the file: a recipe tells them.
pub(super) fn name_with(name: &str, thrift: Thrift) -> String {
    match thrift.precision {
        Precision::AsStored => name.to_owned(),
        Precision::Bf16 => format!("{name}, 16 bits"),
        Precision::Int8 => format!("{name}, 8 bits"),
        Precision::Int4 => format!("{name}, 4 bits"),
    }
}

pub(super) fn offers(task: &Task, machine: &Machine, thrift: Thrift) -> Vec<Offer> {
    let offer = |(change, plan): (Change, forecast::Forecast)| {
        let loss = match change {
            Change::Bf16 | Change::Int8 | Change::Int4 => thrift.with(change).precision.loss(),
            Change::StreamAll | Change::SmallTiles => 0.0,
        };
        Offer { saving: saving(change), forecast: said(machine, &plan), loss }
    };
    forecast::offers(task, machine, thrift).into_iter().map(offer).collect()
}

pub(super) fn remedy(task: &Task, machine: &Machine, thrift: Thrift) -> Option<Remedy> {
    let (changes, plan) = forecast::remedy(task, machine, thrift)?;
    Some(Remedy { savings: changes.into_iter().map(saving).collect(), forecast: said(machine, &plan) })
}

fn change(saving: Saving) -> Change {
    match saving {
        Saving::SmallTiles => Change::SmallTiles,
        Saving::Stream => Change::StreamAll,
        Saving::Bits16 => Change::Bf16,
        Saving::Bits8 => Change::Int8,
        Saving::Bits4 => Change::Int4,
    }
}

fn saving(change: Change) -> Saving {
    match change {
        Change::SmallTiles => Saving::SmallTiles,
        Change::StreamAll => Saving::Stream,
        Change::Bf16 => Saving::Bits16,
        Change::Int8 => Saving::Bits8,
        Change::Int4 => Saving::Bits4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_numbers_of_bits_the_smallest_holds() {
        let chosen = Chosen::default();
        chosen.set(&[Saving::Bits4, Saving::Stream, Saving::Bits8].into());
        assert_eq!(chosen.get(), Thrift { precision: Precision::Int4, stream_all: true, small_tiles: false });
        chosen.set(&[Saving::Bits8].into());
        assert_eq!(chosen.get(), Thrift { precision: Precision::Int8, ..Thrift::default() });
        assert_eq!(name_with("NAVA", chosen.get()), "NAVA, 8 bits");
        chosen.set(&Savings::new());
        assert_eq!((chosen.get(), name_with("NAVA", chosen.get())), (Thrift::default(), "NAVA".to_owned()));
    }
}
