//! Measures the published networks at their full width, with as many layers as asked for, on files of zeros: speed
//! against what large products reach here, memory against what the forecast says, and what the forecast says of the
//! whole model.
//!
//! `cargo run --release -p parlance-model --example nava_bench -- [--blocks 1,1] [--frames 5] [--layers 2] [--places 8]`
//! (or only `--previews 44x80`, what showing a step takes at so many latent places) computes on the processor; results go into the documentation by hand, with the machine they came from.

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
use parlance_model::released::forecast::{Choice, Machine, Stage, Task, Thrift, forecast, offers, plan};
use parlance_model::released::pipeline::{PictureWish, Request};
use parlance_model::released::text_encoder::TextEncoderFile;
use parlance_model::released::tiny_decoder::TinyDecoderConfig;
use parlance_model::released::video_vae::VideoVaeConfig;
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
    /// Rows and columns of previews, when nothing else is measured.
    previews: Option<(usize, usize)>,
}

fn arguments() -> Outcome<Arguments> {
    let mut arguments = Arguments { double: 1, single: 1, frames: 5, layers: 2, places: 8, previews: None };
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
            "--previews" => {
                let (rows, columns) = value.split_once('x').ok_or("--previews takes rows x columns")?;
                arguments.previews = Some((rows.parse()?, columns.parse()?));
            }
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
    let folder = tempfile::tempdir()?;
    let device = Device::flex();
    let ceiling = ceiling(&device);
    println!("largest product: {:.1} GFLOP/s\n", ceiling / 1e9);
    println!("| what | work, GFLOP | seconds | GFLOP/s | of the largest product |");
    println!("| --- | --- | --- | --- | --- |");
    let row = |what: &str, work: f64, secs: f64| {
        let rate = work / secs;
        println!("| {what} | {:.0} | {secs:.2} | {:.1} | {:.0} % |", work / 1e9, rate / 1e9, 100.0 * rate / ceiling);
    };
    if let Some((rows, columns)) = arguments.previews {
        previews(rows, columns, &device, &row);
        return Ok(());
    }
    let memory = backbone(arguments, folder.path(), &device, &row)?;
    text_encoder(arguments, folder.path(), &device, &row)?;
    decoder(arguments, &device, &row);
    println!("\n| backbone's memory | forecast, MB | measured, MB | off by |\n| --- | --- | --- | --- |");
    for (what, said, seen) in memory {
        let off = 100.0 * (said as f64 / seen as f64 - 1.0);
        println!("| {what} | {:.0} | {:.0} | {off:+.1} % |", said as f64 / 1e6, seen as f64 / 1e6);
    }
    whole_model()
}

/// Floating-point operations a second of the model's largest product.
fn ceiling(device: &Device) -> f64 {
    let (n, d, f) = (2048usize, 3072usize, 14_336usize);
    let (a, b) = (Tensor::<2>::ones([n, d], device), Tensor::<2>::ones([d, f], device));
    let run = || {
        let started = Instant::now();
        let product = a.clone().matmul(b.clone());
        std::hint::black_box(product.into_data());
        2.0 * (n * d * f) as f64 / started.elapsed().as_secs_f64()
    };
    (0..4).map(|_| run()).fold(0.0, f64::max)
}

/// One evaluation with every way of keeping blocks; what the forecast said of its memory and what was measured.
fn backbone(
    arguments: &Arguments,
    folder: &Path,
    device: &Device,
    row: &dyn Fn(&str, f64, f64),
) -> Outcome<Vec<(String, u64, u64)>> {
    let (double, single) = (arguments.double, arguments.single);
    let config = NavaConfig { num_double_blocks: double, num_single_blocks: single, ..NavaConfig::published() };
    let path = folder.join("NAVA.safetensors");
    zeros(&path, &parameters(&config.init(device)), &NAVA_KEYS)?;
    let file = BackboneFile::open_sized(&path, config.clone())?;
    let request = Request {
        picture: Some(PictureWish { width: 1280, height: 704, first_frame: None }),
        secs: ((arguments.frames - 1) * 4 + 1) as f64 / 24.0,
        ..Request::default()
    };
    let task = Task::sized(&file, Umt5Config::xxl(), &request)?;
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
    let machine = Machine { device_bytes: None, host_bytes: u64::MAX, flops: 1.0, bytes_per_sec: 1.0 };
    let mut seen = Vec::new();
    for (name, holding) in [
        ("streamed", Holding::streamed(Precision::AsStored)),
        ("ready", Holding::all_ready(Precision::AsStored)),
        ("streamed, 8 bits", Holding::streamed(Precision::Int8)),
    ] {
        let choice = Choice { text: Holding::default(), backbone: holding, tiling: None };
        let watch = MemoryWatch::start();
        let model = file.load(holding, device)?;
        let started = Instant::now();
        let velocity = model.velocity(&inputs)?;
        std::hint::black_box(velocity.video.map(Tensor::into_data));
        let secs = started.elapsed().as_secs_f64();
        drop(model);
        let what = format!("{double} double, {single} single blocks, {} tokens, {name}", extent.tokens());
        row(&what, task.work(&choice).evaluation, secs);
        let usage = task.usage(&choice, &machine);
        let said = usage.stages.iter().find(|(stage, _)| *stage == Stage::Denoising).map_or(0, |(_, bytes)| bytes.host);
        seen.push((name.to_owned(), said, watch.peak()));
    }
    Ok(seen)
}

fn text_encoder(arguments: &Arguments, folder: &Path, device: &Device, row: &dyn Fn(&str, f64, f64)) -> Outcome<()> {
    let config = Umt5Config { num_layers: arguments.layers, ..Umt5Config::xxl() };
    let path = folder.join("umt5.safetensors");
    zeros(&path, &parameters(&config.init(device)), &UMT5_KEYS)?;
    let encoder = TextEncoderFile::open_sized(&path, config.clone())?.load(Holding::default(), device)?;
    let text: Vec<usize> = (0..512).collect();
    let started = Instant::now();
    let rows = encoder.encode(&[text], &mut |_, _| std::ops::ControlFlow::Continue(()))?;
    std::hint::black_box(rows.into_iter().map(Tensor::into_data).collect::<Vec<_>>());
    let block = (4 * config.dim * config.dim_attn + 3 * config.dim * config.dim_ffn) as f64;
    let work = 2.0 * 512.0 * block * config.num_layers as f64;
    row(
        &format!("{} layers of the text encoder, 512 tokens, streamed", config.num_layers),
        work,
        started.elapsed().as_secs_f64(),
    );
    Ok(())
}

fn decoder(arguments: &Arguments, device: &Device, row: &dyn Fn(&str, f64, f64)) {
    let side = arguments.places;
    let decoder = VideoVaeConfig::published().init_decoder(device);
    let latent = || Tensor::<4>::ones([1, 48, side, side], device);
    let mut decoding = decoder.begin();
    // The first frame is short and initialises the weights.
    std::hint::black_box(decoding.push(latent()).into_data());
    let started = Instant::now();
    std::hint::black_box(decoding.push(latent()).into_data());
    let work = 66.4e12 / 3520.0 * (side * side) as f64;
    row(&format!("picture decoder, a latent frame of {side} x {side} places"), work, started.elapsed().as_secs_f64());
}

/// A step's picture by the small decoder, and its first frame by the codec's, which it stands in for.
fn previews(rows: usize, columns: usize, device: &Device, row: &dyn Fn(&str, f64, f64)) {
    let config = TinyDecoderConfig::published();
    let decoder = config.init(device);
    let grid = Grid { frames: 5, rows, columns };
    let latents = Tensor::<3>::random([1, grid.num_cells(), 48], burn::tensor::Distribution::Normal(0.0, 1.0), device);
    for n in 0..3 {
        let watch = MemoryWatch::start();
        let started = Instant::now();
        std::hint::black_box(decoder.middle_frame(latents.clone(), grid));
        let secs = started.elapsed().as_secs_f64();
        if n > 0 {
            let megabytes = watch.peak() as f64 / 1e6;
            row(
                &format!("preview of {rows} x {columns} places, {megabytes:.0} MB"),
                preview_work(&config, rows * columns),
                secs,
            );
        }
    }
    let codec = VideoVaeConfig::published().init_decoder(device);
    let first = latents.narrow(1, 0, rows * columns).reshape([1, rows, columns, 48]).permute([0, 3, 1, 2]);
    let started = Instant::now();
    std::hint::black_box(codec.begin().push(first).into_data());
    let work = 20.6e12 / 3520.0 * (rows * columns) as f64;
    row(&format!("the codec's first frame of {rows} x {columns} places"), work, started.elapsed().as_secs_f64());
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
            (ready, _) => format!("{} in f32", ready.min(30)),
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

/// A file of zeros with these parameters under the published names, in bf16; it takes no place on the disk.
fn zeros(path: &Path, parameters: &[Parameter], keys: &KeyTable) -> Outcome<()> {
    let mut header = serde_json::Map::new();
    let mut at = 0;
    for parameter in parameters {
        let shape = &parameter.shape;
        let shape = match (parameter.holder.as_str(), parameter.name.rsplit('.').next()) {
            ("Linear" | "PatchEmbedding", Some("weight")) => vec![shape[1], shape[0]],
            ("TapLinear", Some("weight")) => vec![shape[1], shape[0] / 7, 7],
            _ => shape.clone(),
        };
        let end = at + 2 * shape.iter().product::<usize>();
        header.insert(keys.key(&parameter.name), json!({"dtype": "BF16", "shape": shape, "data_offsets": [at, end]}));
        at = end;
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

fn own_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
