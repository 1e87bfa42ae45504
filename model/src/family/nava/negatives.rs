//! What text guidance pushes away from when the user names nothing else: our own words for what the published
//! checkpoint was used with, in the language of its captions.
//!
//! With a picture one text serves both modalities, so it ends with what is unwanted in the sound. All are only
//! beginnings that a user may edit. No text at all is no substitute: the checkpoint hardly ever saw none in training.

/// For picture and sound.
pub const PICTURE_AND_SOUND: &str = "画面模糊，多人同时开口说话，倒着行走，颜色过于鲜艳，曝光过度，画面静止不动，细节不清，\
    带有字幕，绘画或插画风格，整体灰暗，压缩失真，手部变形，面部扭曲，肢体畸形，手指粘连，背景杂乱，\
    机械的嗓音，声音沉闷，回声，失真，电流嗡鸣，爆音，噪声";

/// For picture and sound, as in the first release.
pub const PICTURE_AND_SOUND_OLDER: &str = "颜色过于鲜艳，曝光过度，画面静止不动，细节不清，带有字幕，绘画或插画风格，\
    整体灰暗，质量极差，低质量，压缩失真，手部变形，面部扭曲，肢体畸形，手指粘连，背景杂乱，倒着行走，\
    机械的嗓音，声音沉闷，回声，失真，电流嗡鸣，爆音，噪声";

/// For sound alone.
pub const SOUND: &str = "机械的嗓音，声音沉闷，回声，失真，电流嗡鸣，爆音，噪声";

/// The words for a clip with a picture, or for sound alone.
pub const fn usual(has_picture: bool) -> &'static str {
    if has_picture { PICTURE_AND_SOUND } else { SOUND }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::prompt::clean;

    #[test]
    fn a_picture_never_leaves_the_sound_without_a_negative() {
        for text in [PICTURE_AND_SOUND, PICTURE_AND_SOUND_OLDER] {
            assert!(text.ends_with(SOUND));
            assert!(!text.contains(char::is_whitespace), "line breaks belong to the source only");
            assert_eq!(clean(text), text.replace('，', ","));
        }
    }
}
