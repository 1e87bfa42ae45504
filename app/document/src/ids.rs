//! Names for things that survive every edit. All come from one counter of the project and are never reused.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The id with this number, for the file format, the command line and tests. Whether such a thing
            /// exists is the project's to say.
            #[must_use]
            pub const fn from_raw(raw: u64) -> Self {
                Self(raw)
            }

            /// The number, as written in the file.
            #[must_use]
            pub const fn raw(self) -> u64 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A speaker of the cast.
    SpeakerId
);
id!(
    /// A shot.
    ShotId
);
id!(
    /// A span of dialogue.
    SpanId
);
id!(
    /// A take; also names its folder, `takes/<id>`.
    TakeId
);
id!(
    /// A marker on the timeline.
    MarkerId
);
