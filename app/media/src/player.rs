//! Play, pause, seek, scrub: a transport whose clock is the sound itself.
//!
//! The position comes from the samples that the loudspeaker took, so pictures that follow it stay in step with what is
//! heard. With no loudspeaker (a server, a pulled plug) a silent clock takes over at the same speed. No call here waits
//! for a device: it lives on a thread of its own.
//!
//! Threads: the caller's; `parlance-audio`, which owns the device or plays the silent clock; and the device's callback.
//! They share one small lock, held for a few assignments and never while mixing.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use parlance_document::Time;

use crate::audio_output::AudioOutput;
use crate::mixer::Mix;
use crate::sound::MIX_RATE_HZ;

mod renderer;

use renderer::Renderer;

/// How much is heard at one scrub position: 80 ms.
const SCRUB_SAMPLES: i64 = 3_840;

/// How often the silent clock ticks, and how often the device is checked.
const TICK: Duration = Duration::from_millis(10);

/// A device that asks for no samples for this long counts as lost.
const STUCK: Duration = Duration::from_secs(2);

/// Where the sound goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputState {
    /// Not known yet; the first moments after the start.
    Starting,
    /// To a loudspeaker.
    Device {
        /// What the system calls it.
        name: String,
    },
    /// Nowhere; time runs all the same. Pressing play tries the loudspeaker again.
    Silent {
        /// A sentence for a tooltip.
        reason: String,
    },
}

/// The transport. All methods return at once and may be called on every frame of a window.
#[derive(Debug)]
pub struct Player {
    shared: Arc<Shared>,
    wake: SyncSender<Wake>,
    /// Mixes that the audio thread may still hold: they are freed here, not there.
    retired: Vec<Arc<Mix>>,
}

/// What the audio thread is told.
#[derive(Clone, Copy, Debug)]
enum Wake {
    /// Playing began; a missing device may be back.
    Play,
}

/// What the threads share.
#[derive(Debug)]
struct Shared(Mutex<Transport>);

impl Shared {
    fn new() -> Self {
        Self(Mutex::new(Transport {
            mix: Arc::default(),
            playing: false,
            next: 0,
            generation: 0,
            repeat: None,
            scrub: None,
            volume: 1.0,
            anchor: None,
            last_fill: None,
            num_filled: 0,
            latency: 0,
            floor: 0,
            wrapped: false,
            peaks: [0.0; 2],
            output: OutputState::Starting,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Transport> {
        // A panic elsewhere leaves plain numbers behind, which are still good.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state of playing.
#[derive(Debug)]
struct Transport {
    mix: Arc<Mix>,
    playing: bool,
    /// The next sample to hand to the device, or the resting place.
    next: i64,
    /// Goes up with every jump (play, pause, seek, load), so that a block rendered before it is not counted after it.
    generation: u64,
    /// Repeats this range while playing.
    repeat: Option<(i64, i64)>,
    /// A scrub in progress: where, and how many samples are left.
    scrub: Option<(i64, i64)>,
    volume: f32,
    /// The newest burst of blocks: when it began and at which sample.
    anchor: Option<(Instant, i64)>,
    /// The last block's moment.
    last_fill: Option<Instant>,
    /// Samples handed over since the device was opened, sounding or not.
    num_filled: u64,
    /// Samples between handing over and hearing.
    latency: i64,
    /// Where playing began; the heard position is never before it.
    floor: i64,
    /// Since the last jump, playing has gone from the end of the repeated range to its start.
    wrapped: bool,
    /// Largest absolute sample since last asked, left and right.
    peaks: [f32; 2],
    output: OutputState,
}

impl Transport {
    fn jump(&mut self, next: i64) {
        self.next = next.clamp(0, self.mix.length().0);
        self.floor = self.next;
        self.anchor = None;
        self.wrapped = false;
        self.generation += 1;
    }

    /// The sample that is being heard at `now`.
    fn heard(&self, now: Instant) -> i64 {
        let (true, Some((then, sample))) = (self.playing, self.anchor) else {
            return self.next;
        };
        let since = (now.saturating_duration_since(then).as_secs_f64() * f64::from(MIX_RATE_HZ)) as i64;
        let heard = sample + since - self.latency;
        let Some((start, end)) = self.repeat.filter(|_| self.wrapped) else {
            return heard.clamp(self.floor.min(self.next), self.next.max(self.floor));
        };
        // Just after a wrap the end of the range is still being heard; the clock may also run past the end before the
        // next block says so.
        start + (heard - start).rem_euclid(end - start)
    }
}

impl Player {
    /// A player on the system's loudspeaker, or silent where there is none. Returns before the device is open.
    pub fn new() -> Self {
        Self::start(true)
    }

    /// A player that never opens a device: for tests and for machines that should stay quiet.
    pub fn silent() -> Self {
        Self::start(false)
    }

    fn start(use_device: bool) -> Self {
        let shared = Arc::new(Shared::new());
        let (wake, woken) = sync_channel(4);
        let for_thread = Arc::clone(&shared);
        let spawned = std::thread::Builder::new()
            .name("parlance-audio".to_owned())
            .spawn(move || run(&for_thread, &woken, use_device));
        if let Err(e) = spawned {
            // Then time stands still, but nothing else breaks.
            shared.lock().output = OutputState::Silent { reason: format!("The audio thread could not start ({e}).") };
        }
        Self { shared, wake, retired: Vec::new() }
    }

    /// Replaces what is played. Position and playing go on (clamped to the new length), so an edit does not stop the music.
    pub fn load(&mut self, mix: Mix) {
        self.load_at(mix, Instant::now());
    }

    fn load_at(&mut self, mix: Mix, now: Instant) {
        let mix = Arc::new(mix);
        let mut transport = self.shared.lock();
        let heard = transport.heard(now);
        let old = std::mem::replace(&mut transport.mix, mix);
        transport.jump(heard);
        drop(transport);
        self.retired.retain(|kept| Arc::strong_count(kept) > 1);
        self.retired.push(old);
    }

    /// Length of what is loaded.
    pub fn length(&self) -> Time {
        self.shared.lock().mix.length()
    }

    /// Plays from the current position; from the start when it stands at the end.
    pub fn play(&self) {
        let mut transport = self.shared.lock();
        if transport.playing || transport.mix.length() == Time::ZERO {
            return;
        }
        let from = if transport.next >= transport.mix.length().0 { 0 } else { transport.next };
        transport.jump(from);
        transport.scrub = None;
        transport.playing = true;
        drop(transport);
        // When the queue is full the thread has been told already.
        self.wake.try_send(Wake::Play).ok();
    }

    /// Stops where the sound is heard now.
    pub fn pause(&self) {
        self.pause_at(Instant::now());
    }

    fn pause_at(&self, now: Instant) {
        let mut transport = self.shared.lock();
        if transport.playing {
            let heard = transport.heard(now);
            transport.playing = false;
            transport.jump(heard);
        }
    }

    /// Plays or pauses: the space bar.
    pub fn toggle(&self) {
        if self.is_playing() { self.pause() } else { self.play() }
    }

    /// Whether time is running. Turns false by itself at the end.
    pub fn is_playing(&self) -> bool {
        self.shared.lock().playing
    }

    /// Goes to a moment (clamped to the length), playing or not.
    pub fn seek(&self, to: Time) {
        let mut transport = self.shared.lock();
        transport.scrub = None;
        transport.jump(to.0);
    }

    /// Goes to a moment and, when paused, lets a short grain of it be heard. For dragging the playhead.
    pub fn scrub(&self, to: Time) {
        let mut transport = self.shared.lock();
        let moved = transport.next != to.0.clamp(0, transport.mix.length().0);
        transport.jump(to.0);
        if moved && !transport.playing {
            transport.scrub = Some((transport.next, SCRUB_SAMPLES));
        }
    }

    /// The moment that is being heard, or where the playhead rests.
    pub fn position(&self) -> Time {
        Time(self.shared.lock().heard(Instant::now()))
    }

    /// Repeats a range while playing; `None` plays to the end. An empty range is no range.
    pub fn set_repeat(&self, range: Option<(Time, Time)>) {
        self.shared.lock().repeat =
            range.map(|(start, end)| (start.0.max(0), end.0)).filter(|(start, end)| end > start);
    }

    /// Linear volume, 0 to 2; 1 at the start. Does not change what is exported.
    pub fn set_volume(&self, volume: f32) {
        self.shared.lock().volume = if volume.is_finite() { volume.clamp(0.0, 2.0) } else { 1.0 };
    }

    /// Peaks since the last call, left and right, linear (1 is full scale). For the level meter.
    pub fn take_peaks(&self) -> [f32; 2] {
        std::mem::take(&mut self.shared.lock().peaks)
    }

    /// Where the sound goes.
    pub fn output(&self) -> OutputState {
        self.shared.lock().output.clone()
    }
}

impl Default for Player {
    fn default() -> Self {
        Self::new()
    }
}

/// The audio thread: a device while there is one, else the silent clock. Ends when the player is dropped.
fn run(shared: &Arc<Shared>, woken: &Receiver<Wake>, mut use_device: bool) {
    let mut reason = "Sound is off for this session.".to_owned();
    loop {
        if use_device {
            let mut renderer = Renderer::new(Arc::clone(shared));
            match AudioOutput::open(Box::new(move |out| renderer.fill(out, Instant::now()))) {
                Ok(output) => match play_on_device(shared, woken, &output) {
                    DeviceEnd::PlayerDropped => return,
                    DeviceEnd::Lost => {
                        reason = format!("The loudspeaker \"{}\" went away; time runs without sound.", output.name);
                    }
                    DeviceEnd::NoClock => {
                        use_device = false;
                        reason = format!("The output \"{}\" only swallows sound; time runs without it.", output.name);
                    }
                },
                Err(e) => reason = format!("No loudspeaker could be opened ({e}); time runs without sound."),
            }
        }
        if !play_silently(shared, woken, &reason, use_device) {
            return;
        }
    }
}

/// Why playing on a device ended.
enum DeviceEnd {
    PlayerDropped,
    /// It was unplugged, or asks for nothing any more.
    Lost,
    /// It takes samples as fast as they come (a null device): it cannot be the clock.
    NoClock,
}

/// Watches over an open device until it or the player is gone.
fn play_on_device(shared: &Shared, woken: &Receiver<Wake>, output: &AudioOutput) -> DeviceEnd {
    let opened = Instant::now();
    {
        let mut transport = shared.lock();
        transport.output = OutputState::Device { name: output.name.clone() };
        transport.latency = (output.latency_secs * f64::from(MIX_RATE_HZ)) as i64;
        transport.last_fill = None;
        transport.num_filled = 0;
    }
    loop {
        match woken.recv_timeout(TICK * 5) {
            Err(RecvTimeoutError::Disconnected) => return DeviceEnd::PlayerDropped,
            Ok(Wake::Play) | Err(RecvTimeoutError::Timeout) => {}
        }
        let (last_fill, num_filled) = {
            let transport = shared.lock();
            (transport.last_fill.unwrap_or(opened), transport.num_filled)
        };
        if output.is_lost() || last_fill.elapsed() > STUCK {
            return DeviceEnd::Lost;
        }
        // Real devices fill their buffers at first (well under a second) and then keep time.
        let filled_secs = num_filled as f64 / f64::from(MIX_RATE_HZ);
        if filled_secs > opened.elapsed().as_secs_f64() * 1.5 + 2.0 {
            return DeviceEnd::NoClock;
        }
    }
}

/// Lets time run without a device; `false` when the player is gone, `true` when the device should be tried again.
fn play_silently(shared: &Arc<Shared>, woken: &Receiver<Wake>, reason: &str, may_retry: bool) -> bool {
    {
        let mut transport = shared.lock();
        transport.output = OutputState::Silent { reason: reason.to_owned() };
        transport.latency = 0;
    }
    let mut renderer = Renderer::new(Arc::clone(shared));
    let started = Instant::now();
    let mut last = started;
    let mut owed = 0.0;
    let mut block = vec![0.0; 480 * 2];
    loop {
        match woken.recv_timeout(TICK) {
            Err(RecvTimeoutError::Disconnected) => return false,
            Ok(Wake::Play) if may_retry && started.elapsed() > STUCK => return true,
            Ok(Wake::Play) | Err(RecvTimeoutError::Timeout) => {}
        }
        let now = Instant::now();
        // After a suspended computer wakes, do not race through the lost time.
        owed += now.duration_since(last).as_secs_f64().min(0.5) * f64::from(MIX_RATE_HZ);
        last = now;
        while owed >= 1.0 {
            let num = (owed as usize).min(480);
            renderer.fill(&mut block[..num * 2], now);
            owed -= num as f64;
        }
    }
}

#[cfg(test)]
mod tests;
