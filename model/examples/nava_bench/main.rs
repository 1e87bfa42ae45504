//! Measures the published networks at their full width, with as many layers as asked for, on files of zeros: speed
//! against what large products reach here, memory against what the forecast says, and what the forecast says of the
//! whole model.
//!
//! `packaging/bench nava [--blocks 1,1] [--frames 5] [--layers 2] [--places 8] [--secs 1] [--runs 5]` computes on the
//! processor: blocks of the backbone over latent frames of 880 tokens each, layers of the text encoder over 512 tokens,
//! a latent frame of the picture of so many places in each direction, seconds of sound. Where other programs take their
//! share of the machine, the fastest of the runs and the processor's time say most.
//! With `--previews 44x80` it only tells what showing a step takes at so many latent places. With `--errors 64` it only tells how
//! far off clips are that are made faster, on small networks: fewer steps against 64, and work that is taken over.

mod errors;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor};
use parlance_model::contracts::{Context, Family as _, Grid, Inputs, Links, Stream};
use parlance_model::family::nava::{BackboneFile, NAVA_KEYS, NavaConfig};
use parlance_model::released::audio_vae::AudioVaeConfig;
use parlance_model::released::bandwidth::ExtensionConfig;
use parlance_model::released::files::SoundDecoder;
use parlance_model::released::forecast::{Choice, Machine, Task, Thrift, forecast, offers, plan};
use parlance_model::released::pipeline::{LatentColours, PictureWish, Request};
use parlance_model::released::text_encoder::TextEncoderFile;
use parlance_model::released::tiny_decoder::TinyDecoderConfig;
use parlance_model::released::video_vae::VideoVaeConfig;
use parlance_model::released::vocoder::VocoderConfig;
use parlance_model::residency::{Holding, Precision};
use parlance_model::text::umt5::{UMT5_KEYS, Umt5Config};
use parlance_model::weights::{KeyTable, Parameter, parameters};
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

struct Arguments {
    double: usize,
    single: usize,
    frames: usize,
    layers: usize,
    places: usize,
    secs: usize,
    runs: usize,
    /// Rows and columns of previews, when nothing else is measured.
    previews: Option<(usize, usize)>,
    /// Steps of the long run that shorter ones are compared with, when nothing else is measured.
    errors: Option<usize>,
}

/// Fastest and median seconds of some runs, and the least processor time of one, all threads together.
type Seconds = [f64; 3];

/// Takes what was measured, the work and the seconds.
type Row<'a> = dyn Fn(&str, f64, Seconds) + 'a;

/// How long `run` takes, `runs` times.
fn timed(runs: usize, mut run: impl FnMut() -> Outcome<()>) -> Outcome<Seconds> {
    let (mut all, mut least) = (Vec::new(), f64::INFINITY);
    for _ in 0..runs.max(1) {
        let (started, processor) = (Instant::now(), processor_secs());
        run()?;
        all.push(started.elapsed().as_secs_f64());
        least = least.min(processor_secs() - processor);
    }
    all.sort_by(f64::total_cmp);
    Ok([all[0], all[all.len() / 2], least])
}

fn arguments() -> Outcome<Arguments> {
    let mut arguments = Arguments {
        double: 1,
        single: 1,
        frames: 5,
        layers: 2,
        places: 8,
        secs: 1,
        runs: 5,
        previews: None,
        errors: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or("a number is missing")?;
        match word.as_str() {
            "--blocks" => {
                let (double, single) = value.split_once(',').ok_or("--blocks takes two numbers")?;
                (arguments.double, arguments.single) = (double.parse()?, single.parse()?);
            }
            "--frames" => arguments.frames = value.parse()?,
            "--layers" => arguments.layers = value.parse()?,
            "--places" => arguments.places = value.parse()?,
            "--secs" => arguments.secs = value.parse()?,
            "--runs" => arguments.runs = value.parse()?,
            "--previews" => {
                let (rows, columns) = value.split_once('x').ok_or("--previews takes rows x columns")?;
                arguments.previews = Some((rows.parse()?, columns.parse()?));
            }
            "--errors" => arguments.errors = Some(value.parse()?),
            other => return Err(format!("{other} is not known").into()),
        }
    }
    Ok(arguments)
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| measure(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Outcome<()> {
    let device = Device::flex();
    if let Some(long) = arguments.errors {
        return errors::print(long, &device);
    }
    let folder = tempfile::tempdir()?;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let ceiling = ceiling(&device, arguments.runs)?;
    println!(
        "{threads} threads, load {load} at the start; {} runs of each; a product of 2048 x 3072 by",
        arguments.runs
    );
    println!("3072 x 14336 in f32: {:.1} GFLOP/s, which is the measure of the last column.\n", ceiling / 1e9);
    println!("| what | work, GFLOP | seconds, fastest | median | processor | GFLOP/s, fastest | of the product |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let row = |what: &str, work: f64, [fastest, median, processor]: Seconds| {
        let rate = work / fastest;
        let (giga, share) = (rate / 1e9, 100.0 * rate / ceiling);
        let work = work / 1e9;
        println!("| {what} | {work:.0} | {fastest:.2} | {median:.2} | {processor:.2} | {giga:.1} | {share:.0} % |");
    };
    if let Some(places) = arguments.previews {
        return previews(arguments, places, &device, &row);
    }
    let memory = backbone(arguments, folder.path(), &device, &row)?;
    text_encoder(arguments, folder.path(), &device, &row)?;
    decoders(arguments, &device, &row)?;
    println!("\n| backbone's memory | forecast, MB | measured, MB | off by |\n| --- | --- | --- | --- |");
    for (what, said, seen) in memory {
        let off = 100.0 * (said as f64 / seen as f64 - 1.0);
        println!("| {what} | {:.0} | {:.0} | {off:+.1} % |", said as f64 / 1e6, seen as f64 / 1e6);
    }
    whole_model()
}

/// Floating-point operations a second of the model's largest product.
fn ceiling(device: &Device, runs: usize) -> Outcome<f64> {
    let (n, d, f) = (2048usize, 3072usize, 14_336usize);
    let (a, b) = (Tensor::<2>::ones([n, d], device), Tensor::<2>::ones([d, f], device));
    let [fastest, ..] = timed(runs, || {
        std::hint::black_box(a.clone().matmul(b.clone()).into_data());
        Ok(())
    })?;
    Ok(2.0 * (n * d * f) as f64 / fastest)
}

/// One evaluation with every way of keeping blocks; what the forecast said of its memory and what was measured.
fn backbone(arguments: &Arguments, folder: &Path, device: &Device, row: &Row<'_>) -> Outcome<Vec<(String, u64, u64)>> {
    let (double, single) = (arguments.double, arguments.single);
    let config = NavaConfig { num_double_blocks: double, num_single_blocks: single, ..NavaConfig::published() };
    let path = folder.join("NAVA.safetensors");
    zeros(&path, &parameters(&config.init(device)), &NAVA_KEYS, false)?;
    let halves = BackboneFile::open_sized(&path, config.clone())?;
    let path = folder.join("NAVA_fp8.safetensors");
    zeros(&path, &parameters(&config.init(device)), &NAVA_KEYS, true)?;
    let bytes = BackboneFile::open_sized(&path, config.clone())?;
    let request = Request {
        picture: Some(PictureWish { width: 1280, height: 704, first_frame: None }),
        secs: ((arguments.frames - 1) * 4 + 1) as f64 / 24.0,
        ..Request::default()
    };
    let extent = request.extent()?;
    let grid = extent.video.unwrap_or(Grid { frames: 1, rows: 2, columns: 2 });
    let random = |shape: [usize; 3]| Tensor::random(shape, burn::tensor::Distribution::Normal(0.0, 1.0), device);
    let inputs = Inputs {
        video: Some(Stream::regular(random([1, grid.num_cells(), config.video_channels]), grid, 6.0, 0.9)),
        audio: Some(Stream::regular(
            random([1, extent.audio_tokens, config.audio_channels]),
            Grid::audio(extent.audio_tokens),
            25.0,
            0.9,
        )),
        context: Context { tokens: random([1, 200, config.text_dim]), speakers: None },
        links: Links::joint(),
    };
    let mut seen = Vec::new();
    for (name, file, holding) in [
        ("bf16, streamed", &halves, Holding::streamed(Precision::AsStored)),
        ("bf16, ready", &halves, Holding::all_ready(Precision::AsStored)),
        ("8-bit floats, streamed", &bytes, Holding::streamed(Precision::AsStored)),
        ("8-bit floats, ready", &bytes, Holding::all_ready(Precision::AsStored)),
        ("bf16 as 8-bit whole numbers", &halves, Holding::streamed(Precision::Int8)),
        ("bf16 as 4-bit whole numbers", &halves, Holding::streamed(Precision::Int4)),
    ] {
        let task = Task::sized(file, Umt5Config::xxl(), &request)?;
        let choice = Choice { text: Holding::default(), backbone: holding, tiling: None };
        let watch = MemoryWatch::start();
        let model = file.load(holding, device)?;
        let secs = timed(arguments.runs, || {
            std::hint::black_box(model.velocity(&inputs)?.video.map(Tensor::into_data));
            Ok(())
        })?;
        drop(model);
        let what = format!("{double} double, {single} single blocks, {} tokens, {name}", extent.tokens());
        row(&what, task.work(&choice).evaluation, secs);
        let said = task.evaluating_on_processor(&choice);
        seen.push((name.to_owned(), said, watch.peak()));
    }
    Ok(seen)
}

fn text_encoder(arguments: &Arguments, folder: &Path, device: &Device, row: &Row<'_>) -> Outcome<()> {
    let config = Umt5Config { num_layers: arguments.layers, ..Umt5Config::xxl() };
    let path = folder.join("umt5.safetensors");
    zeros(&path, &parameters(&config.init(device)), &UMT5_KEYS, false)?;
    let encoder = TextEncoderFile::open_sized(&path, config.clone())?.load(Holding::default(), device)?;
    let text: Vec<usize> = (0..512).collect();
    let secs = timed(arguments.runs, || {
        let rows = encoder.encode(std::slice::from_ref(&text), &mut |_, _| std::ops::ControlFlow::Continue(()))?;
        std::hint::black_box(rows.into_iter().map(Tensor::into_data).collect::<Vec<_>>());
        Ok(())
    })?;
    let block = (4 * config.dim * config.dim_attn + 3 * config.dim * config.dim_ffn) as f64;
    let work = 2.0 * 512.0 * block * config.num_layers as f64;
    row(&format!("{} layers of the text encoder, 512 tokens, bf16, streamed", config.num_layers), work, secs);
    Ok(())
}

fn decoders(arguments: &Arguments, device: &Device, row: &Row<'_>) -> Outcome<()> {
    let side = arguments.places;
    let decoder = VideoVaeConfig::published().init_decoder(device);
    let latent = || Tensor::<4>::ones([1, 48, side, side], device);
    let mut decoding = decoder.begin();
    // The first frame is short and initialises the weights.
    std::hint::black_box(decoding.push(latent()).into_data());
    let secs = timed(arguments.runs, || {
        std::hint::black_box(decoding.push(latent()).into_data());
        Ok(())
    })?;
    let work = 66.4e12 / 3520.0 * (side * side) as f64;
    row(&format!("picture decoder, a latent frame of {side} x {side} places, f32"), work, secs);

    let config = AudioVaeConfig::published();
    let sound = SoundDecoder {
        decoder: config.init_decoder(device),
        vocoder: VocoderConfig::published().init(device),
        extension: Some(ExtensionConfig::published().init(device)),
    };
    let tokens = Tensor::<3>::ones([1, 25 * arguments.secs, config.token_width()], device);
    let speak = || {
        std::hint::black_box(sound.decode(tokens.clone()).into_data());
        Ok(())
    };
    // Once for the weights.
    speak()?;
    let secs = timed(arguments.runs, speak)?;
    row(&format!("sound decoders, {} s, f32", arguments.secs), 1.73e12 / 6.05 * arguments.secs as f64, secs);
    Ok(())
}

/// A step's picture by the linear map, by the small decoder, and its first frame by the codec's, which it stands in for.
fn previews(arguments: &Arguments, (rows, columns): (usize, usize), device: &Device, row: &Row<'_>) -> Outcome<()> {
    let config = TinyDecoderConfig::published();
    let decoder = config.init(device);
    let grid = Grid { frames: 5, rows, columns };
    let latents = Tensor::<3>::random([1, grid.num_cells(), 48], burn::tensor::Distribution::Normal(0.0, 1.0), device);
    let colours = LatentColours { weights: std::array::from_fn(|_| vec![0.1; 49]), error: 0.0, spread: 1.0 };
    let linear = timed(arguments.runs, || {
        std::hint::black_box(colours.middle_frame(latents.clone(), grid));
        Ok(())
    })?;
    let watch = MemoryWatch::start();
    let show = || {
        std::hint::black_box(decoder.middle_frame(latents.clone(), grid));
        Ok(())
    };
    // Once for the weights.
    show()?;
    let secs = timed(arguments.runs, show)?;
    let megabytes = watch.peak() as f64 / 1e6;
    let what = format!("preview of {rows} x {columns} places, {megabytes:.0} MB");
    row(&what, preview_work(&config, rows * columns), secs);
    let codec = VideoVaeConfig::published().init_decoder(device);
    let first = latents.narrow(1, 0, rows * columns).reshape([1, rows, columns, 48]).permute([0, 3, 1, 2]);
    let secs = timed(1, || {
        std::hint::black_box(codec.begin().push(first.clone()).into_data());
        Ok(())
    })?;
    let work = 20.6e12 / 3520.0 * (rows * columns) as f64;
    row(&format!("the codec's first frame of {rows} x {columns} places"), work, secs);
    println!(
        "A preview of {rows} x {columns} places by the linear map: {:.1} ms, fastest {:.1}.",
        linear[1] * 1e3,
        linear[0] * 1e3
    );
    Ok(())
}

/// Of three latent frames, of which only the last is carried to the end.
fn preview_work(config: &TinyDecoderConfig, places: usize) -> f64 {
    let [a, b, c, d] = config.widths.map(|width| width as f64);
    let blocks = |width: f64| 3.0 * 9.0 * 4.0 * width * width;
    let coarse = 3.0 * (9.0 * 48.0 * a + blocks(a));
    let middle = 3.0 * 4.0 * (a * a + 9.0 * a * b + blocks(b));
    let fine = 16.0 * (3.0 * 2.0 * (b * b + 9.0 * b * c + blocks(c)));
    let last = 64.0 * (2.0 * c * c + 9.0 * c * d + 9.0 * d * 12.0);
    2.0 * places as f64 * (coarse + middle + fine + last)
}

/// What is said of the whole model.
fn whole_model() -> Outcome<()> {
    const GB: u64 = 1_000_000_000;
    println!(
        "\n| 704 x 1280, 37 latent frames, 8-bit weights | kept | tiles | device, GB | memory, GB | disk, GB | minutes |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let task = Task::published(&Request::default(), 1)?;
    let line = |name: &str, forecast: &parlance_model::released::forecast::Forecast| {
        let bytes = forecast.peak;
        let gb = |bytes: u64| bytes as f64 / GB as f64;
        let holding = forecast.choice.backbone;
        let kept = match (holding.ready, holding.held) {
            (0, 0) => "nothing".to_owned(),
            (0, held) => format!("{held} packed"),
            (ready, _) => format!("{} ready", ready.min(30)),
        };
        let tiles = forecast.choice.tiling.map_or("whole".to_owned(), |tiling| format!("{:?}", tiling.size));
        println!(
            "| {name}{} | {kept} | {tiles} | {:.1} | {:.1} | {:.1} | {:.0} |",
            if forecast.fits { "" } else { " (does not fit)" },
            gb(bytes.device),
            gb(bytes.host),
            gb(bytes.scratch),
            forecast.secs / 60.0
        );
    };
    for device_gb in [8, 10, 12, 16, 24, 80] {
        let machine =
            Machine { device_bytes: Some(device_gb * GB), host_bytes: 16 * GB, flops: 60e12, bytes_per_sec: 3e9 };
        let planned = plan(&task, &machine, Thrift::default());
        line(&format!("GPU of {device_gb} GB, 60 TFLOP/s"), &planned);
        if device_gb == 24 {
            offers(&task, &machine, Thrift::default())
                .iter()
                .for_each(|(change, forecast)| line(&format!("with {change:?}"), forecast));
        }
    }
    let machine = Machine { device_bytes: None, host_bytes: 16 * GB, flops: 500e9, bytes_per_sec: 2e9 };
    let planned = plan(&task, &machine, Thrift::default());
    line("processor, 16 GB, 500 GFLOP/s", &planned);
    line("the same, sound alone", &{
        let sound = Task::published(&Request { picture: None, ..Request::default() }, 1)?;
        let planned = plan(&sound, &machine, Thrift::default());
        forecast(&sound, &machine, planned.choice)
    });
    Ok(())
}

/// A file of zeros with these parameters under the published names, in bf16 or with the blocks' matrices in 8-bit
/// floats; it takes no place on the disk.
fn zeros(path: &Path, parameters: &[Parameter], keys: &KeyTable, in_bytes: bool) -> Outcome<()> {
    let mut header = serde_json::Map::new();
    let mut at = 0;
    let mut put = |key: String, dtype: &str, shape: &[usize]| {
        let end = at + shape.iter().product::<usize>() * if dtype == "BF16" { 2 } else { 1 };
        header.insert(key, json!({"dtype": dtype, "shape": shape, "data_offsets": [at, end]}));
        at = end;
    };
    for parameter in parameters {
        let shape = &parameter.shape;
        let shape = match (parameter.holder.as_str(), parameter.name.rsplit('.').next()) {
            ("Linear" | "PatchEmbedding", Some("weight")) => vec![shape[1], shape[0]],
            ("TapLinear", Some("weight")) => vec![shape[1], shape[0] / 7, 7],
            _ => shape.clone(),
        };
        let key = keys.key(&parameter.name);
        if in_bytes && parameter.name.contains("_blocks.") && parameter.holder == "Linear" && shape.len() == 2 {
            put(format!("{key}_scale"), "BF16", &shape[..1]);
            put(key, "F8_E4M3", &shape);
        } else {
            put(key, "BF16", &shape);
        }
    }
    let header = serde_json::to_vec(&header)?;
    let mut file = File::create(path)?;
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(&header)?;
    file.set_len((8 + header.len() + at) as u64)?;
    Ok(())
}

/// The most memory of its own that this process has while watched. What is mapped from files does not count: the
/// system takes it back when it needs it.
struct MemoryWatch {
    most: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl MemoryWatch {
    fn start() -> Self {
        let watch = Self { most: Arc::default(), stop: Arc::default() };
        let (most, stop) = (Arc::clone(&watch.most), Arc::clone(&watch.stop));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                most.fetch_max(own_bytes(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(4));
            }
        });
        watch
    }

    fn peak(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.most.load(Ordering::Relaxed).max(1)
    }
}

/// Processor time of this process so far; zero where the system does not say.
fn processor_secs() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in brackets may hold spaces; times are the 14th and 15th fields, in ticks of 1/100 s.
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn own_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
