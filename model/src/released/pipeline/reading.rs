//! What the backbone is told: the prompt and what is not wanted as rows of the text encoder, voices in the places of
//! their lines.

use std::cell::RefCell;

use burn::tensor::{Tensor, TensorData};

use super::{Nava, NavaError, Place, Progress, Request, Stages, Voice};
use crate::audio::resample::resample;
use crate::contracts::{Context, Speakers};
use crate::family::nava::negatives;
use crate::released::redimnet::{self, SpeakerEncoder};
use crate::text::prompt::{SENTINEL, clean, mark_speech};

/// What a run is told.
pub(super) struct Conditions {
    pub(super) prompt: Context,
    pub(super) negative: Context,
}

/// Sampling rates that a recording may have.
const RATES_HZ: std::ops::RangeInclusive<u32> = 4_000..=768_000;

impl Nava {
    pub(super) fn read(
        &self,
        place: &Place,
        request: &Request,
        stages: &RefCell<Stages<'_>>,
    ) -> Result<Conditions, NavaError> {
        let negative = request.negative.as_deref().unwrap_or(negatives::usual(request.picture.is_some()));
        let (prompt, markers) = self.pieces("the prompt", &mark_speech(&request.prompt), request.parity)?;
        let (negative, _) = self.pieces("the negative prompt", negative, request.parity)?;
        // Voices first: a recording that cannot be used should not cost a minute of reading.
        let speakers = self.speakers(place, request, &markers, stages)?;

        let encoder = self.text.load(place.text, &place.device)?;
        let texts = [prompt, negative];
        let rows = encoder
            .encode(&texts, &mut |done, total| stages.borrow_mut().goes_on(Progress::Reading { done, total }))?;
        drop(encoder);
        stages.borrow_mut().lap("Reading");
        let mut rows = rows.into_iter().map(|rows| rows.unsqueeze::<3>());
        let mut context = || Context { tokens: rows.next().unwrap_or_else(|| empty(place)), speakers: None };
        let (prompt, negative) = (context(), context());
        Ok(Conditions { prompt: Context { speakers, ..prompt }, negative })
    }

    /// A text as numbers of the vocabulary, and where lines of speech begin.
    fn pieces(&self, what: &str, text: &str, may_be_cut: bool) -> Result<(Vec<usize>, Vec<usize>), NavaError> {
        let most = self.backbone.config().text_len;
        let tokens = self.tokenizer.encode(&clean(text), most);
        if tokens.num_cut > 0 && !may_be_cut {
            return Err(NavaError::Unsupported(format!(
                "{what} has {} pieces and the model reads {most}; shorten it by about {} %",
                tokens.ids.len() + tokens.num_cut,
                (100 * tokens.num_cut).div_ceil(tokens.ids.len() + tokens.num_cut)
            )));
        }
        let markers = self.tokenizer.id(SENTINEL).map(|sentinel| tokens.places_of(sentinel)).unwrap_or_default();
        Ok((tokens.ids.iter().map(|id| *id as usize).collect(), markers))
    }

    /// Voices in the rows of their lines; none if no line has a voice, since a model told of silent voices only would
    /// hear all of them as "somebody".
    fn speakers(
        &self,
        place: &Place,
        request: &Request,
        markers: &[usize],
        stages: &RefCell<Stages<'_>>,
    ) -> Result<Option<Speakers>, NavaError> {
        let refuse = |why: String| Err(NavaError::Unsupported(why));
        let lines = &request.speakers;
        if let Some(unknown) = lines.iter().flatten().find(|voice| **voice >= request.voices.len()) {
            return refuse(format!("a line is said by voice {}, of {}", unknown + 1, request.voices.len()));
        }
        if lines.len() > markers.len() && !request.parity {
            return refuse(format!(
                "voices were given for {} lines, the prompt has {} between <S> and <E>",
                lines.len(),
                markers.len()
            ));
        }
        if markers.is_empty() || lines.iter().all(Option::is_none) {
            return Ok(None);
        }
        let Some(file) = &self.speaker else {
            return refuse(
                "reference voices need the speaker encoder, which is not installed; install it or remove the voices"
                    .to_owned(),
            );
        };
        stages.borrow_mut().tell(Progress::Listening)?;
        let encoder = file.encoder(&place.device)?;
        let width = file.voice_width();
        let mut vectors: Vec<Option<Vec<f32>>> = vec![None; request.voices.len()];
        let mut rows = Vec::with_capacity(lines.len() * width);
        for line in lines {
            match line {
                Some(voice) => {
                    if vectors[*voice].is_none() {
                        vectors[*voice] = Some(hear(&encoder, place, &request.voices[*voice], voice + 1)?);
                    }
                    rows.extend(vectors[*voice].iter().flatten());
                }
                None => rows.extend(std::iter::repeat_n(0.0, width)),
            }
        }
        stages.borrow_mut().lap("Listening");
        let embeddings = Tensor::from_data(TensorData::new(rows, [1, lines.len(), width]), &place.device);
        if request.parity {
            return Ok(Some(Speakers::bind(embeddings, markers)?));
        }
        // Lines behind the last one that was told of have no voice: the null token, like any other without one.
        let missing = markers.len() - lines.len();
        let silent = Tensor::zeros([1, missing, width], &place.device);
        let embeddings = if missing > 0 { Tensor::cat(vec![embeddings, silent], 1) } else { embeddings };
        let places = markers.iter().enumerate().map(|(line, row)| (*row, line)).collect();
        Ok(Some(Speakers { embeddings, places: vec![places] }))
    }
}

/// The vector of a recording; `number` is for people.
fn hear(encoder: &SpeakerEncoder, place: &Place, voice: &Voice, number: usize) -> Result<Vec<f32>, NavaError> {
    let refuse = |why: &str| Err(NavaError::Unsupported(format!("voice {number} {why}")));
    if !RATES_HZ.contains(&voice.rate_hz) || voice.samples.iter().any(|sample| !sample.is_finite()) {
        return refuse("is not a sound that can be heard; record it again");
    }
    // What lies behind the first half minute is not heard; converting it would only take time.
    let most = voice.rate_hz as usize * (redimnet::MAX_SAMPLES / redimnet::RATE_HZ + 1);
    let samples = &voice.samples[..voice.samples.len().min(most)];
    let clip = resample(samples, voice.rate_hz as usize, redimnet::RATE_HZ);
    let Some(features) = encoder.spec.features(&clip) else {
        return refuse("is too short; record at least a few words");
    };
    let vector = encoder.forward(features.tensor(&place.device));
    let vector: Vec<f32> = vector.into_data().convert::<f32>().iter::<f32>().collect();
    if vector.iter().any(|number| !number.is_finite()) {
        return refuse("could not be understood; record it again");
    }
    Ok(vector)
}

fn empty(place: &Place) -> Tensor<3> {
    Tensor::zeros([1, 1, 1], &place.device)
}
