//! What a person should know of a caption, in words.

use crate::generator::caption::{Count, Field, MOST_TOKENS, Problem, Told};

/// "364 of 512 tokens".
#[must_use]
pub fn length(count: Count) -> String {
    if count.is_estimate {
        t!("caption.tokens.about", n = count.tokens, most = MOST_TOKENS)
    } else {
        t!("caption.tokens", n = count.tokens, most = MOST_TOKENS)
    }
}

/// Whether the person's own caption says other words than the shot's lines do now.
#[must_use]
pub fn out_of_date(told: &Told) -> bool {
    let about_lines = |problem: &Problem| matches!(problem, Problem::SpeechDiffers(_) | Problem::SpeechCount { .. });
    told.is_own && told.problems.iter().any(about_lines)
}

/// What is wrong and what to do, a sentence or two.
#[must_use]
pub fn problem(problem: &Problem) -> String {
    match problem {
        Problem::Unclosed(n) => t!("caption.problem.unclosed", n = n),
        Problem::Unopened(n) => t!("caption.problem.unopened", n = n),
        Problem::SpeechDiffers(n) => t!("caption.problem.differs", n = n),
        Problem::SpeechCount { caption, shot } => t!("caption.problem.count", caption = caption, shot = shot),
        Problem::TooLong(count) if count.is_estimate => t!("caption.problem.long.about", most = MOST_TOKENS),
        Problem::TooLong(count) => {
            t!("caption.problem.long", over = count.tokens.saturating_sub(MOST_TOKENS), most = MOST_TOKENS)
        }
        Problem::TooManyVoices(n) => t!("caption.problem.voices", n = n),
    }
}

/// The phrases that stayed in English, by field: "Camera: whirling".
#[must_use]
pub fn kept(told: &Told) -> Vec<String> {
    told.kept.iter().map(|kept| t!("caption.kept.one", field = field(kept.field), text = kept.text)).collect()
}

fn field(field: Field) -> &'static str {
    match field {
        Field::Scene => t!("shot.scene"),
        Field::Characters => t!("shot.characters"),
        Field::Action => t!("caption.field.action"),
        Field::Manner => t!("caption.field.manner"),
        Field::Camera => t!("shot.camera"),
        Field::Ambience => t!("shot.ambience"),
        Field::Style => t!("shot.style"),
    }
}
