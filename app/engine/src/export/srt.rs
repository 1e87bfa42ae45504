//! The lines as SubRip subtitles, for a file beside the movie.

use parlance_document::{Project, Time, TimeRange, plan};

/// Longest line on the screen, in characters; longer text is broken at a space near the middle.
const MAX_LINE_CHARS: usize = 42;

/// The lines spoken inside `range`, with times from its start. The speaker is named where several speak.
#[must_use]
pub fn subtitles(project: &Project, range: TimeRange) -> String {
    let lines: Vec<_> = plan::script(project)
        .into_iter()
        .filter_map(|line| Some((line.timeline.intersection(range)?, line)))
        .filter(|(_, line)| !line.text.trim().is_empty())
        .collect();
    let several = lines.iter().any(|(_, line)| Some(line.speaker) != lines.first().map(|(_, first)| first.speaker));
    let mut text = String::new();
    for (idx, (when, line)) in lines.iter().enumerate() {
        let words = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = project.speaker(line.speaker).filter(|_| several).map(|s| s.name.trim()).filter(|n| !n.is_empty());
        let spoken = name.map_or_else(|| words.clone(), |name| format!("{name}: {words}"));
        let (start, end) = (stamp(when.start - range.start), stamp(when.end - range.start));
        text.push_str(&format!("{}\n{start} --> {end}\n{}\n\n", idx + 1, broken(&spoken)));
    }
    text
}

fn stamp(time: Time) -> String {
    let millis = (time.0.max(0) + 24) / 48;
    let (secs, millis) = (millis / 1000, millis % 1000);
    format!("{:02}:{:02}:{:02},{millis:03}", secs / 3600, secs / 60 % 60, secs % 60)
}

/// At most two lines of about equal length, unless it is very long.
fn broken(text: &str) -> String {
    let num_chars = text.chars().count();
    if num_chars <= MAX_LINE_CHARS {
        return text.to_owned();
    }
    let num_lines = num_chars.div_ceil(MAX_LINE_CHARS);
    let aim = num_chars.div_ceil(num_lines);
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let is_last = lines.len() >= num_lines;
        let Some(line) = lines.last_mut() else { break };
        let longer = line.chars().count() + 1 + word.chars().count();
        // Break where the line comes nearest to its aim.
        if !line.is_empty() && !is_last && longer > aim + word.chars().count() / 2 {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_and_breaks() {
        assert_eq!(stamp(Time::from_millis(3_723_045)), "01:02:03,045");
        assert_eq!(broken("Short."), "Short.");
        let text = broken("This is a line that is too long to stand on a single row of the screen.");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines.iter().all(|l| l.chars().count() <= MAX_LINE_CHARS), "{text}");
    }

    #[test]
    fn the_sample_scene_has_numbered_lines_with_names() {
        let project = Project::sample();
        let text = subtitles(&project, TimeRange::new(Time::ZERO, project.length()));
        assert!(text.starts_with("1\n00:00:0"), "{text}");
        assert!(text.contains("Mara: ") && text.contains("Tomas: "), "{text}");
        assert_eq!(text.matches(" --> ").count(), plan::script(&project).len());
    }
}
