//! Scenes that are worth a picture: the sample with a few things more, in both languages of the window.

use parlance_document::{Edit, EditError, Project, Time};

/// In English, with a line that is a little too long for its place and a marker.
pub(crate) fn english() -> Result<Project, EditError> {
    let mut project = Project::sample();
    let span = project.shots()[1].spans[1].id;
    let text = "Then somebody found the key, Mara. Somebody we know".to_owned();
    project.apply(Edit::SetSpanText { span, text })?;
    project.apply(Edit::AddMarker { at: Time::from_secs(9), label: "Light goes on".to_owned() })?;
    Ok(project)
}

/// The same story in Chinese.
pub(crate) fn chinese() -> Result<Project, EditError> {
    let mut project = Project::sample();
    project.apply(Edit::RenameProject { name: "港口的灯".to_owned() })?;
    let cast: Vec<_> = project.cast().iter().map(|speaker| speaker.id).collect();
    for (speaker, name) in cast.into_iter().zip(["玛拉", "托马斯"]) {
        project.apply(Edit::RenameSpeaker { speaker, name: name.to_owned() })?;
    }
    let lines = [
        "你昨晚看见那盏灯了吗？",
        "看见两次。然后就没了，直到天亮。",
        "三十年没人点过它了。",
        "那就是有人找到了钥匙。",
        "等等。听。",
        "我也听见了。",
    ];
    let spans: Vec<_> = project.shots().iter().flat_map(|shot| shot.spans.iter().map(|span| span.id)).collect();
    for (span, text) in spans.into_iter().zip(lines) {
        project.apply(Edit::SetSpanText { span, text: text.to_owned() })?;
    }
    let shots: Vec<_> = project.shots().iter().map(|shot| shot.id).collect();
    for (shot, title) in shots.into_iter().zip(["厨房，清晨", "厨房，近景", "码头，夜"]) {
        project.apply(Edit::SetShotTitle { shot, title: title.to_owned() })?;
    }
    Ok(project)
}
