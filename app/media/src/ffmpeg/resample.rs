//! Rate conversion by swresample, on interleaved f32.

use ff::format::sample::{Sample, Type};
use ffmpeg_next as ff;

use crate::error::MediaError;

const PACKED: Sample = Sample::F32(Type::Packed);

/// Rates that make sense; anything else is damage or an attack on memory.
pub(crate) const RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// A running conversion from one rate to another.
pub(crate) struct Resampler {
    /// `None` when the rates are equal.
    context: Option<ff::software::resampling::Context>,
    layout: ff::ChannelLayout,
    channels: u16,
    from_hz: u32,
    to_hz: u32,
}

impl Resampler {
    /// `channels` is 1 or 2.
    pub(crate) fn new(from_hz: u32, to_hz: u32, channels: u16) -> Result<Self, MediaError> {
        super::init();
        if !RATES_HZ.contains(&from_hz) || !RATES_HZ.contains(&to_hz) {
            return Err(MediaError::invalid(format!("sound cannot be converted from {from_hz} Hz to {to_hz} Hz")));
        }
        let layout = match channels {
            1 => ff::ChannelLayout::MONO,
            2 => ff::ChannelLayout::STEREO,
            other => {
                return Err(MediaError::invalid(format!("{other} channels cannot be resampled, only 1 or 2")));
            }
        };
        let context = if from_hz == to_hz {
            None
        } else {
            let made = ff::software::resampling::Context::get(PACKED, layout, from_hz, PACKED, layout, to_hz);
            Some(made.map_err(failed)?)
        };
        Ok(Self { context, layout, channels, from_hz, to_hz })
    }

    /// Converts a block of interleaved samples and appends what is ready.
    pub(crate) fn push(&mut self, block: &[f32], out: &mut Vec<f32>) -> Result<(), MediaError> {
        let num = block.len() / usize::from(self.channels);
        if num == 0 {
            return Ok(());
        }
        let capacity = self.capacity_for(num);
        let Some(context) = &mut self.context else {
            out.extend_from_slice(block);
            return Ok(());
        };
        let mut input = ff::frame::Audio::new(PACKED, num, self.layout);
        input.set_rate(self.from_hz);
        copy_in(&mut input, &block[..num * usize::from(self.channels)])?;
        let mut output = ff::frame::Audio::new(PACKED, capacity, self.layout);
        context.run(&input, &mut output).map_err(failed)?;
        copy_out(&output, self.channels, out);
        Ok(())
    }

    /// Appends the last samples.
    pub(crate) fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), MediaError> {
        let capacity = self.capacity_for(4096);
        let Some(context) = &mut self.context else {
            return Ok(());
        };
        loop {
            let mut output = ff::frame::Audio::new(PACKED, capacity, self.layout);
            context.flush(&mut output).map_err(failed)?;
            if output.samples() == 0 {
                return Ok(());
            }
            copy_out(&output, self.channels, out);
        }
    }

    fn capacity_for(&self, num: usize) -> usize {
        let ready = (num as u64 * u64::from(self.to_hz)).div_ceil(u64::from(self.from_hz)) as usize;
        // The filter holds back some tens of input samples; room for all of them avoids a growing queue.
        let held = 256 * self.to_hz.div_ceil(self.from_hz) as usize;
        ready + held
    }
}

fn copy_in(frame: &mut ff::frame::Audio, block: &[f32]) -> Result<(), MediaError> {
    if frame.planes() == 0 {
        return Err(MediaError::invalid("there is not enough memory to convert this sound"));
    }
    // The frame holds packed f32, so its only plane takes the block as it is.
    let bytes = frame.data_mut(0);
    for (to, from) in bytes.chunks_exact_mut(4).zip(block) {
        to.copy_from_slice(&from.to_ne_bytes());
    }
    Ok(())
}

fn copy_out(frame: &ff::frame::Audio, channels: u16, out: &mut Vec<f32>) {
    let num = frame.samples() * usize::from(channels);
    if num == 0 || frame.planes() == 0 {
        return;
    }
    out.extend(frame.data(0).chunks_exact(4).take(num).map(|b| f32::from_ne_bytes([b[0], b[1], b[2], b[3]])));
}

fn failed(error: ff::Error) -> MediaError {
    MediaError::invalid(format!("the sound's rate cannot be converted ({})", super::reason(error)))
}
