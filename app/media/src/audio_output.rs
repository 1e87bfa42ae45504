//! The loudspeaker: the only file that names rodio. Opening may fail and devices may vanish; both are states, not errors.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rodio::cpal::traits::HostTrait as _;
use rodio::cpal::{self, BufferSize};
use rodio::{CpalErrorKind, DeviceSinkBuilder, DeviceTrait as _, MixerDeviceSink};

use crate::sound::MIX_RATE_HZ;

/// How many samples (per channel) are asked for at a time: 5 ms.
const BLOCK_SAMPLES: usize = 240;

/// Fills a block of interleaved 48 kHz stereo. Called on the device's thread; must not wait for anything.
pub(crate) type Fill = Box<dyn FnMut(&mut [f32]) + Send>;

/// An open loudspeaker. Stays on the thread that opened it; dropping it ends the sound.
pub(crate) struct AudioOutput {
    _sink: MixerDeviceSink,
    /// What the system calls the device.
    pub(crate) name: String,
    /// Time from a sample's being asked for to its being heard, as far as the buffer size tells.
    pub(crate) latency_secs: f64,
    lost: Arc<AtomicBool>,
}

impl AudioOutput {
    /// Opens the system's default output; `fill` provides the samples from then on.
    pub(crate) fn open(fill: Fill) -> Result<Self, String> {
        let device = cpal::default_host().default_output_device().ok_or("this computer has no loudspeaker set up")?;
        let name = device.description().map_or_else(|_| "default output".to_owned(), |d| d.name().to_owned());
        let lost = Arc::new(AtomicBool::new(false));
        let builder = || {
            let lost = Arc::clone(&lost);
            DeviceSinkBuilder::from_device(device.clone()).map(|b| {
                b.with_error_callback(move |error: cpal::Error| {
                    if ends_the_stream(error.kind()) {
                        lost.store(true, Ordering::Relaxed);
                    }
                })
            })
        };
        let rate = NonZero::new(MIX_RATE_HZ).unwrap_or(NonZero::<u32>::MIN);
        let mut sink = builder()
            .and_then(|b| b.with_sample_rate(rate).open_stream())
            .or_else(|_| builder().and_then(|b| b.open_stream()))
            .map_err(|e| e.to_string())?;
        sink.log_on_drop(false);
        let config = sink.config();
        let buffered = match config.buffer_size() {
            BufferSize::Fixed(num) => f64::from(*num) / f64::from(config.sample_rate().get()),
            BufferSize::Default => 0.05,
        };
        sink.mixer().add(PullSource { fill, block: vec![0.0; BLOCK_SAMPLES * 2], at: BLOCK_SAMPLES * 2 });
        Ok(Self { _sink: sink, name, latency_secs: buffered, lost })
    }

    /// The device went away or its stream broke.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}

/// Some reports are only notes; these mean that no more sound will come.
fn ends_the_stream(kind: CpalErrorKind) -> bool {
    !matches!(kind, CpalErrorKind::DeviceChanged | CpalErrorKind::RealtimeDenied | CpalErrorKind::Xrun)
}

/// Turns a filling function into rodio's endless sample stream.
struct PullSource {
    fill: Fill,
    block: Vec<f32>,
    at: usize,
}

impl Iterator for PullSource {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.at == self.block.len() {
            (self.fill)(&mut self.block);
            self.at = 0;
        }
        self.at += 1;
        Some(self.block[self.at - 1])
    }
}

impl rodio::Source for PullSource {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> rodio::ChannelCount {
        const { NonZero::new(2).unwrap() }
    }

    fn sample_rate(&self) -> rodio::SampleRate {
        const { NonZero::new(MIX_RATE_HZ).unwrap() }
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}
