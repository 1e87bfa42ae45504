//! The transport, block by block with a clock of our own; then once on the real silent clock.

use super::*;
use crate::mixer::Segment;
use crate::sound::Sound;

/// A player without a thread, and a device that asks for blocks when told to.
struct Bench {
    player: Player,
    renderer: Renderer,
    now: Instant,
    heard: Vec<f32>,
    _woken: Receiver<Wake>,
}

impl Bench {
    fn new(mix: Mix) -> Self {
        let (wake, woken) = sync_channel(4);
        let shared = Arc::new(Shared::new());
        let renderer = Renderer::new(Arc::clone(&shared));
        let mut player = Player { shared, wake, retired: Vec::new() };
        player.load(mix);
        Self { player, renderer, now: Instant::now(), heard: Vec::new(), _woken: woken }
    }

    /// The device takes `num` samples in blocks of 480, one every 10 ms.
    fn run(&mut self, num: usize) {
        for _ in 0..num / 480 {
            let mut block = [0.0; 960];
            self.renderer.fill(&mut block, self.now);
            self.heard.extend(block.iter().step_by(2));
            self.now += Duration::from_millis(10);
        }
    }

    fn position(&self) -> i64 {
        self.player.shared.lock().heard(self.now)
    }

    fn worst_step(&self) -> f32 {
        self.heard.windows(2).map(|w| (w[0] - w[1]).abs()).fold(0.0, f32::max)
    }
}

fn constant(value: f32, num: usize) -> Mix {
    let sound = Arc::new(Sound::stereo(MIX_RATE_HZ, vec![value; num * 2]));
    Mix::new(vec![Segment::whole(sound, Time::ZERO)]).unwrap()
}

#[test]
fn plays_to_the_end_and_stops_there() {
    let mut bench = Bench::new(constant(0.5, 48_000));
    bench.run(4_800);
    assert_eq!((bench.position(), bench.player.is_playing()), (0, false));
    bench.player.play();
    bench.run(24_000);
    assert_eq!(bench.position(), 24_000);
    assert_eq!(bench.player.take_peaks(), [0.5, 0.5]);
    bench.run(48_000);
    assert_eq!((bench.position(), bench.player.is_playing()), (48_000, false));
    bench.player.take_peaks();
    bench.run(4_800);
    assert_eq!(bench.player.take_peaks(), [0.0, 0.0]);
    bench.player.play();
    bench.run(480);
    assert_eq!(bench.position(), 480, "playing from the end begins at the start");
}

#[test]
fn latency_holds_the_picture_back_but_never_before_the_start() {
    let mut bench = Bench::new(constant(0.5, 48_000));
    bench.player.shared.lock().latency = 2_400;
    bench.player.seek(Time(9_600));
    bench.player.play();
    bench.run(960);
    assert_eq!(bench.position(), 9_600);
    bench.run(9_600);
    assert_eq!(bench.position(), 9_600 + 960 + 9_600 - 2_400);
}

#[test]
fn the_position_runs_on_between_blocks_but_not_past_them() {
    let mut bench = Bench::new(constant(0.5, 96_000));
    bench.player.play();
    let mut block = vec![0.0; 4_800 * 2];
    bench.renderer.fill(&mut block, bench.now);
    let at = |millis| bench.player.shared.lock().heard(bench.now + Duration::from_millis(millis));
    assert_eq!((at(0), at(50), at(100), at(400)), (0, 2_400, 4_800, 4_800));
}

#[test]
fn jumps_do_not_click() {
    let mut bench = Bench::new(constant(1.0, 96_000));
    bench.player.play();
    bench.run(4_800);
    bench.player.seek(Time(70_000));
    bench.run(4_800);
    assert_eq!(bench.position(), 74_800);
    bench.player.pause_at(bench.now);
    bench.run(4_800);
    bench.player.play();
    bench.run(2_400);
    let now = bench.now;
    bench.player.load_at(constant(0.2, 96_000), now);
    bench.run(4_800);
    assert!(bench.worst_step() < 0.02, "step of {}", bench.worst_step());
    assert!(bench.heard.iter().any(|&s| s > 0.99));
    assert!(bench.player.is_playing());
}

#[test]
fn pause_rests_and_scrub_sounds() {
    let mut bench = Bench::new(constant(0.5, 48_000));
    bench.player.play();
    bench.run(9_600);
    bench.player.pause_at(bench.now);
    bench.run(480);
    bench.player.take_peaks();
    bench.run(4_800);
    assert_eq!(bench.position(), 9_600);
    assert_eq!(bench.player.take_peaks(), [0.0, 0.0]);
    bench.player.scrub(Time(20_000));
    bench.run(960);
    assert_eq!(bench.player.take_peaks(), [0.5, 0.5]);
    bench.run(4_800);
    bench.player.take_peaks();
    bench.run(4_800);
    assert_eq!(bench.player.take_peaks(), [0.0, 0.0], "a grain ends by itself");
    assert_eq!(bench.position(), 20_000);
}

#[test]
fn repeats_a_range() {
    let mut bench = Bench::new(constant(0.5, 48_000));
    bench.player.set_repeat(Some((Time(4_800), Time(9_600))));
    bench.player.play();
    for _ in 0..100 {
        bench.run(480);
        assert!(bench.position() <= 9_600, "{}", bench.position());
    }
    assert!(bench.player.is_playing());
    assert!((4_800..9_600).contains(&bench.position()));
    bench.player.set_repeat(None);
    bench.run(96_000);
    assert_eq!((bench.position(), bench.player.is_playing()), (48_000, false));
}

#[test]
fn impossible_places_are_clamped() {
    let bench = Bench::new(constant(0.5, 4_800));
    for (to, want) in [(-5, 0), (i64::MAX, 4_800), (i64::MIN, 0), (17, 17)] {
        bench.player.seek(Time(to));
        assert_eq!(bench.player.position(), Time(want));
    }
    bench.player.set_volume(f32::NAN);
    bench.player.set_repeat(Some((Time(5), Time(5))));
    let empty = Bench::new(Mix::default());
    empty.player.play();
    assert!(!empty.player.is_playing());
}

#[test]
fn without_a_loudspeaker_time_runs_at_its_own_speed() {
    let mut player = Player::silent();
    player.load(constant(0.5, 48_000 * 60));
    player.play();
    let (began, from) = loop {
        // The thread needs a moment to start.
        let position = player.position();
        if position > Time::ZERO {
            break (Instant::now(), position);
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    std::thread::sleep(Duration::from_millis(400));
    let (took, ran) = (began.elapsed().as_secs_f64(), (player.position() - from).secs_f64());
    // A busy machine may starve the thread; it must never run fast, and must not stand still.
    assert!(ran < took + 0.05 && ran > took * 0.3, "{ran} s of sound in {took} s");
    assert!(matches!(player.output(), OutputState::Silent { .. }));
    assert!(player.take_peaks()[0] > 0.4);
}

#[test]
fn a_real_player_never_blocks_whatever_the_machine_has() {
    let began = Instant::now();
    let mut player = Player::new();
    player.load(constant(0.1, 48_000));
    player.set_volume(0.0);
    player.play();
    player.seek(Time(100));
    let _ = player.position();
    drop(player);
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[test]
fn ten_minutes_do_not_drift() {
    const MINUTES: i64 = 10;
    let second = Arc::new(Sound::stereo(MIX_RATE_HZ, vec![0.25; 96_000]));
    let segments = (0..MINUTES * 60).map(|at| Segment::whole(Arc::clone(&second), Time::from_secs(at))).collect();
    let mut bench = Bench::new(Mix::new(segments).unwrap());
    bench.player.play();
    let began = bench.now;
    let mut block = [0.0; 960];
    let (mut delivered, mut worst, mut turn) = (0_i64, 0_i64, 0_u64);
    while delivered < (MINUTES * 60 - 1) * 48_000 {
        // As devices do: one to four blocks at once, up to 2 ms early or late.
        for _ in 0..=turn % 4 {
            bench.renderer.fill(&mut block, bench.now);
            delivered += 480;
        }
        let due = began + Duration::from_secs_f64(delivered as f64 / 48_000.0);
        bench.now = due + Duration::from_micros(turn * 7_919 % 4_000) - Duration::from_millis(2);
        worst = worst.max((bench.position() - delivered).abs());
        turn += 1;
    }
    // The picture follows this position, so it is never off by more than the jitter: 2 ms of an 80 ms frame.
    assert!(worst <= 2 * 48, "{worst} samples after {delivered}");
}
