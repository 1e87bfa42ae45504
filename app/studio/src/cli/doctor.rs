//! `parlance doctor`: what this computer can do, what will be used, and why.

use std::process::ExitCode;

use parlance_engine::models::memory;
use parlance_media::codecs;
use serde_json::{Value, json};

use super::FAILED;
use super::args::Device;
use super::models::found;
use super::progress::{bytes, line_out};
use crate::generator;

/// Prints the report; exit code 1 when something is missing without which no movie can be made.
pub(super) fn run(device: Device, json: bool) -> ExitCode {
    let report = Report::new(device);
    if json {
        line_out(&report.value.to_string());
    } else {
        line_out(report.text.trim_end());
    }
    if report.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) }
}

/// Everything found, for people and for scripts.
struct Report {
    text: String,
    value: Value,
    /// Sentences about what must be mended.
    problems: Vec<String>,
}

impl Report {
    fn new(device: Device) -> Self {
        let mut report = Self { text: String::new(), value: json!({}), problems: Vec::new() };
        report.program();
        report.devices(device);
        report.memory();
        report.codecs();
        report.models();
        report.summary();
        report
    }

    fn head(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line(title);
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn program(&mut self) {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (version, system, cpu) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
        self.line(&format!("parlance {version} on {system} {cpu}, {threads} processor threads"));
        self.value["version"] = json!(version);
        self.value["system"] = json!(system);
        self.value["cpu"] = json!(cpu);
        self.value["threads"] = json!(threads);
    }

    fn devices(&mut self, device: Device) {
        self.head("Devices");
        self.line("  CPU  always there");
        let adapters = generator::adapters();
        for adapter in &adapters {
            let note = if adapter.is_software() { ": computes on the processor too, and slower; not used" } else { "" };
            self.line(&format!("  GPU  {} ({}){note}", adapter.name, adapter.api));
        }
        if adapters.is_empty() {
            self.line("  GPU  none found");
        }
        self.value["gpus"] = adapters
            .iter()
            .map(|adapter| json!({ "name": adapter.name, "api": adapter.api, "software": adapter.is_software() }))
            .collect();
        match generator::choose(generator::wish(device)) {
            Ok(chosen) => {
                self.line(&format!("  Used: {}, because {}", chosen.name, chosen.because));
                self.value["used"] = json!({ "device": chosen.name, "kind": chosen.kind, "because": chosen.because });
            }
            Err(error) => {
                self.line("  Used: none");
                self.value["used"] = Value::Null;
                self.problems.push(format!("With --device gpu {error}."));
            }
        }
    }

    fn memory(&mut self) {
        self.head("Memory");
        match memory() {
            Some(memory) => {
                self.line(&format!("  {} in all, {} free", bytes(memory.total_bytes), bytes(memory.free_bytes)));
                self.value["memory"] = json!({ "total_bytes": memory.total_bytes, "free_bytes": memory.free_bytes });
            }
            None => self.line("  not known on this system"),
        }
    }

    fn codecs(&mut self) {
        let codecs = codecs();
        self.head("Codecs (FFmpeg)");
        self.line(&format!("  {}", codecs.version));
        let h264 = codecs.h264_encoder.clone().unwrap_or_else(|| "missing".to_owned());
        let there = |there: bool| if there { "found" } else { "missing" };
        self.line(&format!("  H.264 for movies: {h264}"));
        self.line(&format!("  AAC for their sound: {}", there(codecs.aac)));
        self.line(&format!("  FFV1 for takes: {}", there(codecs.ffv1)));
        self.value["codecs"] = json!({
            "version": codecs.version, "h264": codecs.h264_encoder, "aac": codecs.aac, "ffv1": codecs.ffv1,
        });
        if codecs.h264_encoder.is_none() || !codecs.aac || !codecs.ffv1 {
            self.problems.push(
                "FFmpeg lacks an encoder that is needed. Debian and Ubuntu: install libavcodec-extra; Fedora: ffmpeg from \
                 RPM Fusion; macOS: brew install ffmpeg; Windows: a full build of FFmpeg."
                    .to_owned(),
            );
        }
    }

    fn models(&mut self) {
        let models = found();
        self.head("Models");
        for model in &models {
            self.line(&format!("  {}  {}  {}", model.name, bytes(model.num_bytes), model.path.display()));
        }
        if generator::bundled_weights().is_none() {
            self.line(&format!("  {} was not found; looked in", generator::BUNDLED_FILE));
            for folder in generator::model_folders() {
                self.line(&format!("    {}", folder.display()));
            }
            self.problems.push(
                "The bundled model was not found, so nothing can be generated. Put it into one of the folders above."
                    .to_owned(),
            );
        }
        let settings = super::user_settings();
        let library = crate::models::store(&settings).library();
        for state in &library.models {
            let complete = if state.usable() { "complete" } else { "not complete; `parlance models get` gets it" };
            self.line(&format!("  {}  {complete}", state.model.name));
        }
        self.value["large_models"] = library
            .models
            .iter()
            .map(|state| json!({ "id": state.model.id, "complete": state.usable(), "bytes_here": state.bytes_here() }))
            .collect();
        self.value["model"] = json!(settings.model.name());
        self.value["models"] = models.iter().map(super::models::value_of).collect();
    }

    fn summary(&mut self) {
        self.value["problems"] = json!(self.problems);
        self.value["ok"] = json!(self.problems.is_empty());
        let problems = self.problems.clone();
        if problems.is_empty() {
            self.head("Everything that is needed was found.");
        } else {
            self.head("To mend");
            problems.iter().for_each(|problem| self.line(&format!("  {problem}")));
        }
    }
}
