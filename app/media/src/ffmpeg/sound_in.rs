//! Reads the best audio stream of a file as blocks of mono or stereo f32, whatever is in the file.

use std::path::{Path, PathBuf};

use ff::format::sample::{Sample, Type};
use ffmpeg_next as ff;

use crate::error::MediaError;

/// One decoded block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) rate_hz: u32,
    /// Interleaved, as many channels as were asked for.
    pub(crate) samples: Vec<f32>,
}

/// A file opened for its sound.
pub(crate) struct SoundIn {
    path: PathBuf,
    input: ff::format::context::Input,
    stream: usize,
    decoder: ff::decoder::Audio,
    frame: ff::frame::Audio,
    wanted_channels: u16,
    ended: bool,
    /// Seconds by which a film's sound begins after the film; 0 for sound files. Known after the first block.
    pub(crate) lead_secs: f64,
    /// For the lead: the stream's clock in seconds a tick, and the film's start in seconds.
    film_clock: Option<(f64, f64)>,
    /// Samples that were NaN or infinite and became zero.
    pub(crate) num_repaired: u64,
    /// Packets that could not be decoded.
    pub(crate) num_damaged: u64,
}

impl SoundIn {
    /// `wanted_channels` is 1 or 2.
    pub(crate) fn open(path: &Path, wanted_channels: u16) -> Result<Self, MediaError> {
        let input = super::open(path)?;
        let Some(stream) = super::sound_stream(&input) else {
            return Err(MediaError::NoSound { path: path.to_owned() });
        };
        let damaged = |e: ff::Error| MediaError::Damaged { path: path.to_owned(), detail: super::reason(e) };
        let parameters = input.streams().nth(stream).map(|s| (s.parameters(), s.time_base()));
        let Some((parameters, time_base)) = parameters else {
            return Err(MediaError::NoSound { path: path.to_owned() });
        };
        let mut context = ff::codec::Context::from_parameters(parameters).map_err(damaged)?.decoder();
        let film_clock = super::video_stream(&input).map(|_| {
            let tick_secs = f64::from(time_base.numerator()) / f64::from(time_base.denominator().max(1));
            let starts = input.streams().filter(|s| s.start_time() != ff::ffi::AV_NOPTS_VALUE);
            let secs = starts.map(|s| s.start_time() as f64 * f64::from(s.time_base())).fold(f64::INFINITY, f64::min);
            (tick_secs, secs)
        });
        // Lets the decoder drop the encoder's padding at both ends by itself.
        context.set_packet_time_base(time_base);
        let decoder = context.audio().map_err(damaged)?;
        Ok(Self {
            path: path.to_owned(),
            input,
            stream,
            decoder,
            frame: ff::frame::Audio::empty(),
            wanted_channels,
            ended: false,
            lead_secs: 0.0,
            film_clock,
            num_repaired: 0,
            num_damaged: 0,
        })
    }

    /// The rate the file says it has; blocks may differ.
    pub(crate) fn rate_hz(&self) -> u32 {
        self.decoder.rate()
    }

    /// The next block, or `None` at the end.
    pub(crate) fn next_block(&mut self) -> Result<Option<Block>, MediaError> {
        loop {
            match self.decoder.receive_frame(&mut self.frame) {
                Ok(()) => {
                    self.note_lead();
                    if let Some(block) = self.block_from_frame()? {
                        return Ok(Some(block));
                    }
                }
                Err(ff::Error::Eof) => return Ok(None),
                Err(e) if super::wants_more(e) => {
                    if self.ended {
                        return Ok(None);
                    }
                    self.feed();
                }
                Err(_) => {
                    self.num_damaged += 1;
                    if self.ended {
                        return Ok(None);
                    }
                    self.feed();
                }
            }
        }
    }

    /// Takes the lead from the first frame that has a time.
    fn note_lead(&mut self) {
        let (Some((tick_secs, film_secs)), Some(ticks)) = (self.film_clock, self.frame.timestamp()) else { return };
        self.film_clock = None;
        let lead = ticks as f64 * tick_secs - film_secs;
        // Under 20 ms is rounding and codec delay; hours are nonsense.
        if lead > 0.02 && lead < 3600.0 {
            self.lead_secs = lead;
        }
    }

    /// Gives the decoder one more packet, or the end.
    fn feed(&mut self) {
        while let Some((stream, packet)) = self.input.packets().next() {
            if stream.index() != self.stream {
                continue;
            }
            if self.decoder.send_packet(&packet).is_err() {
                self.num_damaged += 1;
                continue;
            }
            return;
        }
        self.ended = true;
        self.decoder.send_eof().ok();
    }

    fn block_from_frame(&mut self) -> Result<Option<Block>, MediaError> {
        let rate_hz = self.frame.rate();
        if !super::resample::RATES_HZ.contains(&rate_hz) {
            return Err(MediaError::Damaged {
                path: self.path.clone(),
                detail: format!("it claims {rate_hz} samples a second"),
            });
        }
        let Some(channels) = channels_from_frame(&self.frame) else {
            return Ok(None);
        };
        let weights = downmix(channels.len(), self.frame.channel_layout().bits());
        let mut samples = mix_down(&channels, &weights, self.wanted_channels);
        for sample in &mut samples {
            if !sample.is_finite() {
                *sample = 0.0;
                self.num_repaired += 1;
            }
        }
        Ok(Some(Block { rate_hz, samples }))
    }
}

/// One `Vec` per channel, or `None` for a frame without samples.
fn channels_from_frame(frame: &ff::frame::Audio) -> Option<Vec<Vec<f32>>> {
    let (num_channels, num) = (usize::from(frame.channels()), frame.samples());
    if num_channels == 0 || num == 0 || frame.planes() == 0 {
        return None;
    }
    let (planar, read): (bool, fn(&[u8]) -> f32) = match frame.format() {
        Sample::U8(kind) => (kind == Type::Planar, |b| (f32::from(b[0]) - 128.0) / 128.0),
        Sample::I16(kind) => (kind == Type::Planar, |b| f32::from(i16::from_ne_bytes([b[0], b[1]])) / 32_768.0),
        Sample::I32(kind) => (kind == Type::Planar, |b| i32::from_ne_bytes(first(b)) as f32 / 2_147_483_648.0),
        Sample::I64(kind) => (kind == Type::Planar, |b| (i64::from_ne_bytes(first(b)) as f64 / i64::MAX as f64) as f32),
        Sample::F32(kind) => (kind == Type::Planar, |b| f32::from_ne_bytes(first(b))),
        Sample::F64(kind) => (kind == Type::Planar, |b| f64::from_ne_bytes(first(b)) as f32),
        Sample::None => return None,
    };
    let bytes = frame.format().bytes();
    let channels = (0..num_channels).map(|channel| {
        if planar {
            frame.data(channel).chunks_exact(bytes).take(num).map(read).collect()
        } else {
            frame.data(0).chunks_exact(bytes).skip(channel).step_by(num_channels).take(num).map(read).collect()
        }
    });
    Some(channels.collect())
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[..N]);
    out
}

/// Weights `[left, right]` for each channel of a frame; each side's weights sum to 1, so nothing clips that did not before.
fn downmix(num_channels: usize, layout_bits: u64) -> Vec<[f32; 2]> {
    const HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    if num_channels == 1 {
        return vec![[1.0, 1.0]];
    }
    if num_channels == 2 {
        return vec![[1.0, 0.0], [0.0, 1.0]];
    }
    // Channels lie in the order of the layout's bits; with no layout, assume the usual order of that many.
    let usual: u64 = match num_channels {
        3 => 0b111,
        4 => 0b110011,
        5 => 0b110111,
        6 => 0b111111,
        8 => 0b110_0011_1111,
        _ => 0,
    };
    let bits = if layout_bits.count_ones() as usize == num_channels { layout_bits } else { usual };
    let places: Vec<u32> = (0..64).filter(|bit| bits >> bit & 1 == 1).collect();
    let mut weights: Vec<[f32; 2]> = (0..num_channels)
        .map(|channel| match places.get(channel) {
            Some(0) => [1.0, 0.0],
            Some(1) => [0.0, 1.0],
            Some(2) => [HALF, HALF],
            // Low-frequency effects are left out, as every downmix does.
            Some(3 | 35) => [0.0, 0.0],
            Some(4 | 6 | 9) => [HALF, 0.0],
            Some(5 | 7 | 10) => [0.0, HALF],
            Some(8) => [0.5, 0.5],
            _ => [1.0, 1.0],
        })
        .collect();
    for side in 0..2 {
        let total: f32 = weights.iter().map(|w| w[side]).sum();
        if total > 0.0 {
            weights.iter_mut().for_each(|w| w[side] /= total);
        }
    }
    weights
}

/// Interleaved mono or stereo from any number of channels.
fn mix_down(channels: &[Vec<f32>], weights: &[[f32; 2]], wanted_channels: u16) -> Vec<f32> {
    let num = channels.iter().map(Vec::len).min().unwrap_or(0);
    if wanted_channels == 1 && channels.len() == 1 {
        return channels[0].clone();
    }
    let mut out = Vec::with_capacity(num * usize::from(wanted_channels));
    for i in 0..num {
        let mut sides = [0.0_f32; 2];
        for (channel, weight) in channels.iter().zip(weights) {
            // A weight of zero must not carry a NaN over to the other side.
            if weight[0] != 0.0 {
                sides[0] += weight[0] * channel[i];
            }
            if weight[1] != 0.0 {
                sides[1] += weight[1] * channel[i];
            }
        }
        match wanted_channels {
            1 => out.push((sides[0] + sides[1]) * 0.5),
            _ => out.extend(sides),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downmix_sums_to_one_and_drops_effects() {
        for num in 1..=16 {
            let weights = downmix(num, 0);
            assert_eq!(weights.len(), num);
            for side in 0..2 {
                let total: f32 = weights.iter().map(|w| w[side]).sum();
                assert!((total - 1.0).abs() < 1e-5, "{num} channels: {total}");
            }
        }
        assert_eq!(downmix(6, 0x3f)[3], [0.0, 0.0]);
    }

    #[test]
    fn a_bad_side_does_not_spoil_the_other() {
        let out = mix_down(&[vec![f32::NAN], vec![0.5]], &downmix(2, 3), 2);
        assert!(out[0].is_nan());
        assert_eq!(out[1], 0.5);
    }
}
