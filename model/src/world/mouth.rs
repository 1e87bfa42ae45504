//! Mouth shapes of speech sounds and how they flow into each other.

/// A mouth at one moment. `width` and `open` are relative to the resting mouth; the others run from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mouth {
    /// Width, 1 at rest; 0.45 for OO, 1.18 for EE.
    pub width: f32,
    /// Opening: 0 shut, 0.95 for AH.
    pub open: f32,
    /// How much of the upper teeth shows.
    pub teeth: f32,
    /// How much of the tongue shows.
    pub tongue: f32,
    /// Lower lip tucked under the upper teeth, for F and V.
    pub lip_tuck: f32,
}

impl Mouth {
    /// At rest, lips just apart.
    pub const REST: Self = Self::new(1.0, 0.05, 0.0, 0.0, 0.0);
    /// Lips pressed together, for M, B and P.
    pub const CLOSED: Self = Self::new(0.92, 0.0, 0.0, 0.0, 0.0);

    const fn new(width: f32, open: f32, teeth: f32, tongue: f32, lip_tuck: f32) -> Self {
        Self { width, open, teeth, tongue, lip_tuck }
    }

    /// The shape of an ARPAbet phone (a stress digit at its end is ignored); rest for silence and unknown symbols.
    pub fn of_phone(symbol: &str) -> Self {
        match symbol.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "M" | "B" | "P" => Self::CLOSED,
            "IY" | "IH" | "EY" | "Y" => Self::new(1.18, 0.36, 1.0, 0.1, 0.0),
            "S" | "Z" | "T" | "D" | "N" | "K" | "G" | "NG" => Self::new(1.12, 0.28, 1.0, 0.1, 0.0),
            "SH" | "ZH" | "CH" | "JH" => Self::new(0.72, 0.34, 1.0, 0.0, 0.0),
            "EH" | "AE" => Self::new(1.08, 0.62, 0.9, 0.7, 0.0),
            "AA" | "AH" | "AY" | "HH" => Self::new(1.0, 0.95, 0.9, 0.9, 0.0),
            "AO" | "OW" | "OY" | "AW" => Self::new(0.62, 0.78, 0.2, 0.3, 0.0),
            "UW" | "UH" | "W" | "R" | "ER" => Self::new(0.45, 0.42, 0.0, 0.1, 0.0),
            "F" | "V" => Self::new(0.95, 0.22, 1.0, 0.0, 1.0),
            "L" | "TH" | "DH" => Self::new(0.95, 0.5, 0.6, 1.0, 0.0),
            _ => Self::REST,
        }
    }

    /// Whether the phone is made by pressing the lips together.
    pub fn is_closure(symbol: &str) -> bool {
        matches!(symbol, "M" | "B" | "P")
    }

    /// `self` and `other` mixed, `share` of the other from 0 to 1.
    pub fn mix(self, other: Self, share: f32) -> Self {
        let lerp = |a: f32, b: f32| a + (b - a) * share;
        Self {
            width: lerp(self.width, other.width),
            open: lerp(self.open, other.open),
            teeth: lerp(self.teeth, other.teeth),
            tongue: lerp(self.tongue, other.tongue),
            lip_tuck: lerp(self.lip_tuck, other.lip_tuck),
        }
    }
}
