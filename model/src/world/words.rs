//! Words people use for what the world can show, English and Chinese, and what each of them means.
//!
//! English entries match whole words (an ending `s` is allowed), hyphens count as spaces, and the longest entry wins,
//! so that `night city` is a place and no time of day. Chinese entries match anywhere.

use super::attributes::{PersonSlot as P, SceneSlot as S};
use super::look::{
    Age, Camera, Clothes, Collar, DayTime, Eyes, Figure, Framing, HairColor, HairStyle, Mood, Place, Side, Skin,
};

/// A colour before it is known what it colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Black,
    Dark,
    DarkBrown,
    Brown,
    LightBrown,
    Blond,
    Fair,
    Light,
    Tan,
    Deep,
    Red,
    Orange,
    Yellow,
    Green,
    Teal,
    Blue,
    Purple,
    Pink,
    Gray,
    White,
}

/// What a colour can belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    Hair,
    /// Brows and beards have the colour of the hair, unless the hair's own was said.
    Brows,
    Clothes,
    Eyes,
    Skin,
    /// Takes a colour that no slot holds, such as that of a hat.
    Other,
}

/// What a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A category of the scene, and whether the word names it outright or only suggests it.
    Scene(S, usize, bool),
    /// A category of a person.
    Person(P, usize),
    /// Beard, hat or glasses; the colour before it goes to the thing.
    Flag(P, Thing),
    /// A length of hair that means something only beside the word hair.
    Length(HairStyle),
    Color(Tone),
    /// Something that can have a colour, and the category it sets by itself.
    Thing(Thing, Option<(P, usize)>),
    /// She, he and the like: goes on about somebody.
    Pronoun(Figure),
    /// A word for a person of some figure and perhaps age.
    Someone(Option<Figure>, Option<Age>),
    /// Two people.
    Two,
    /// What follows is denied.
    No,
    /// What follows is asserted again.
    With,
    /// What follows is worn.
    Worn,
    /// Another person begins.
    Other,
    /// Words that join or part phrases; persons may be split here.
    Joint,
    /// A sentence ends.
    Stop,
    /// A line ends, or a semicolon: another person is told of.
    Break,
}

impl Tone {
    pub(super) fn hair(self) -> Option<HairColor> {
        Some(match self {
            Self::Black => HairColor::Black,
            Self::Dark | Self::DarkBrown => HairColor::DarkBrown,
            Self::Brown | Self::LightBrown | Self::Tan => HairColor::Chestnut,
            Self::Blond | Self::Fair | Self::Light | Self::Yellow => HairColor::Blond,
            Self::Red | Self::Orange => HairColor::Red,
            Self::Gray | Self::White => HairColor::Gray,
            Self::Blue | Self::Teal => HairColor::Blue,
            _ => return None,
        })
    }

    pub(super) fn clothes(self) -> Option<Clothes> {
        Some(match self {
            Self::Black | Self::Dark => Clothes::Black,
            Self::White | Self::Fair | Self::Light | Self::Tan => Clothes::Cream,
            Self::Red => Clothes::Red,
            Self::Orange | Self::Yellow | Self::Blond => Clothes::Yellow,
            Self::Green => Clothes::Green,
            Self::Teal => Clothes::Teal,
            Self::Blue => Clothes::Blue,
            Self::Purple => Clothes::Purple,
            Self::Pink => Clothes::Pink,
            _ => return None,
        })
    }

    pub(super) fn eyes(self) -> Option<Eyes> {
        Some(match self {
            Self::Black | Self::Dark | Self::DarkBrown | Self::Brown | Self::LightBrown => Eyes::Brown,
            Self::Green | Self::Teal => Eyes::Green,
            Self::Blue | Self::Light => Eyes::Blue,
            Self::Gray => Eyes::Gray,
            _ => return None,
        })
    }

    pub(super) fn skin(self) -> Option<Skin> {
        Some(match self {
            Self::Fair | Self::White => Skin::Fair,
            Self::Light => Skin::Light,
            Self::Tan => Skin::Tan,
            Self::Brown | Self::LightBrown => Skin::Brown,
            Self::Dark | Self::DarkBrown => Skin::DarkBrown,
            Self::Black | Self::Deep => Skin::Deep,
            _ => return None,
        })
    }
}

type Entry = (&'static str, Meaning);

const fn place(place: Place, outright: bool) -> Meaning {
    Meaning::Scene(S::Place, place as usize, outright)
}

const fn time(time: DayTime) -> Meaning {
    Meaning::Scene(S::Time, time as usize, true)
}

const fn framing(framing: Framing) -> Meaning {
    Meaning::Scene(S::Framing, framing as usize, true)
}

const fn camera(camera: Camera) -> Meaning {
    Meaning::Scene(S::Camera, camera as usize, true)
}

const fn mood(mood: Mood) -> Meaning {
    Meaning::Person(P::Mood, mood as usize)
}

const fn age(age: Age) -> Meaning {
    Meaning::Person(P::Age, age as usize)
}

const fn side(side: Side) -> Meaning {
    Meaning::Person(P::Side, side as usize)
}

const fn style(style: HairStyle) -> Meaning {
    Meaning::Thing(Thing::Hair, Some((P::HairStyle, style as usize)))
}

const fn hair(color: HairColor) -> Meaning {
    Meaning::Thing(Thing::Hair, Some((P::HairColor, color as usize)))
}

const fn garment(collar: Collar) -> Meaning {
    Meaning::Thing(Thing::Clothes, Some((P::Collar, collar as usize)))
}

/// Groups of words with one meaning; words of a group are parted by commas.
const GROUPS: &[Entry] = &[
    ("kitchen,厨房", place(Place::Kitchen, true)),
    ("cooking,stove,cafe,café,restaurant,diner,bakery,咖啡,餐厅,饭店", place(Place::Kitchen, false)),
    ("living room,sitting room,lounge,客厅,起居室", place(Place::LivingRoom, true)),
    (
        "bedroom,sofa,couch,armchair,at home,apartment,house,fireplace,flat,room,沙发,家里,卧室,房间",
        place(Place::LivingRoom, false),
    ),
    ("night city,city,street,rooftop,downtown,skyline,城市,街,都市,夜景", place(Place::NightCity, true)),
    ("alley,neon,skyscraper,town,bridge,楼顶,霓虹", place(Place::NightCity, false)),
    ("forest,wood,woods,woodland,森林,树林", place(Place::Forest, true)),
    ("park,garden,tree,meadow,mountain,field,hill,campfire,camp,公园,花园,山", place(Place::Forest, false)),
    ("stage,theater,theatre,舞台,剧院", place(Place::Stage, true)),
    ("concert,spotlight,podium,curtain,opera,聚光灯,演出", place(Place::Stage, false)),
    ("beach,seaside,海滩,沙滩,海边", place(Place::Beach, true)),
    ("sea,ocean,shore,coast,harbour,harbor,sand,island,lake,海", place(Place::Beach, false)),
    ("office,办公室", place(Place::Office, true)),
    (
        "desk,meeting room,classroom,library,workplace,studio,school,lab,laboratory,教室,会议室,图书馆",
        place(Place::Office, false),
    ),
    ("train,railway carriage,carriage,火车,列车,车厢,地铁", place(Place::Train, true)),
    ("railway,subway,metro,tram,bus,compartment,station,公交,车站,高铁", place(Place::Train, false)),
    ("early morning,morning,dawn,sunrise,breakfast,清晨,早晨,早上,上午,日出", time(DayTime::Morning)),
    ("day,daytime,daylight,noon,midday,afternoon,sunny,白天,中午,下午,正午", time(DayTime::Day)),
    ("evening,dusk,sunset,twilight,golden hour,blue hour,傍晚,黄昏,日落,夕阳", time(DayTime::Evening)),
    ("night,midnight,at night,nighttime,moonlight,moonlit,晚上,夜晚,夜里,深夜,夜,月光", time(DayTime::Night)),
    (
        "close up,closeup,close shot,close framing,tight shot,tight framing,extreme close up,特写,近景",
        framing(Framing::Close),
    ),
    ("medium shot,medium,mid shot,medium close,waist up,half body,中景,半身", framing(Framing::Medium)),
    ("wide shot,wide,long shot,full shot,establishing shot,全景,远景,广角", framing(Framing::Wide)),
    ("two shot,双人镜头,双人", framing(Framing::TwoShot)),
    (
        "hold,holds,holding,static,locked off,locked,fixed,tripod,still camera,no movement,固定,静止,不动",
        camera(Camera::Hold),
    ),
    (
        "push in,pushes in,pushing in,push,dolly in,zoom in,zooms in,move in,moves in,slow push in,推进,推近,推",
        camera(Camera::PushIn),
    ),
    ("pan left,pans left,panning left,pan to the left,pans to the left,向左摇,左摇,左移", camera(Camera::PanLeft)),
    (
        "pan right,pans right,panning right,pan to the right,pans to the right,pan,pans,panning,向右摇,右摇,右移,摇镜头,摇",
        camera(Camera::PanRight),
    ),
    (
        "two people,two persons,two friend,two women,two men,two speaker,two character,couple,both of them,两人,两个人,二人",
        Meaning::Two,
    ),
    ("she,her,她", Meaning::Pronoun(Figure::Woman)),
    ("he,his,him,他", Meaning::Pronoun(Figure::Man)),
    ("woman,lady,female,女人,女士,女性,女子", Meaning::Someone(Some(Figure::Woman), None)),
    ("man,guy,gentleman,male,男人,男士,男性,男子", Meaning::Someone(Some(Figure::Man), None)),
    ("girl,teenage girl,女孩,姑娘,少女", Meaning::Someone(Some(Figure::Woman), Some(Age::Young))),
    ("boy,teenage boy,lad,男孩,小伙,少年", Meaning::Someone(Some(Figure::Man), Some(Age::Young))),
    ("grandmother,grandma,granny,老奶奶,奶奶,老太太", Meaning::Someone(Some(Figure::Woman), Some(Age::Old))),
    ("grandfather,grandpa,老爷爷,爷爷,老先生", Meaning::Someone(Some(Figure::Man), Some(Age::Old))),
    ("person,someone,friend,speaker,character", Meaning::Someone(None, None)),
    ("child,kid,teenager,孩子", Meaning::Someone(None, Some(Age::Young))),
    ("young,youthful,teen,teenage,twenties,年轻", age(Age::Young)),
    ("grown,middle aged,adult,thirties,forties,fifties,中年,成年", age(Age::Grown)),
    ("old,elderly,aged,senior,sixties,seventies,eighties,老年,年老,年迈,老", age(Age::Old)),
    ("calm,neutral,relaxed,serious,composed,平静,严肃", mood(Mood::Calm)),
    ("happy,smiling,smile,cheerful,joyful,grinning,laughing,delighted,glad,高兴,开心,微笑,笑", mood(Mood::Happy)),
    ("sad,unhappy,crying,gloomy,melancholy,worried,tearful,upset,难过,悲伤,伤心,忧伤", mood(Mood::Sad)),
    ("angry,furious,annoyed,irritated,stern,mad,frowning,生气,愤怒", mood(Mood::Angry)),
    ("surprised,astonished,shocked,amazed,startled,惊讶,吃惊", mood(Mood::Surprised)),
    ("on the left,at left,left side,to the left,at the left,左边,左侧,左", side(Side::Left)),
    ("on the right,at right,right side,to the right,at the right,右边,右侧,右", side(Side::Right)),
    ("in the center,in the centre,in the middle,centered,centred,中间,中央", side(Side::Center)),
    ("hair,haired,头发", Meaning::Thing(Thing::Hair, None)),
    ("short hair,short haired,crew cut,buzz cut,pixie cut,cropped hair,短发", style(HairStyle::Short)),
    ("bob,shoulder length hair,波波头,齐肩", style(HairStyle::Bob)),
    ("long hair,long haired,ponytail,braid,长发,马尾", style(HairStyle::Long)),
    ("curly,curly hair,curly haired,curls,afro,wavy,卷发", style(HairStyle::Curly)),
    ("bun,hair up,topknot,发髻,丸子头", style(HairStyle::Bun)),
    ("bald,hairless,shaved head,no hair,光头,秃", style(HairStyle::Bald)),
    ("blonde,金发", hair(HairColor::Blond)),
    ("redhead,ginger,红发", hair(HairColor::Red)),
    ("brunette,棕发", hair(HairColor::DarkBrown)),
    ("白发,银发", hair(HairColor::Gray)),
    ("黑发", hair(HairColor::Black)),
    ("brow,eyebrow,眉毛,眉", Meaning::Thing(Thing::Brows, None)),
    ("short", Meaning::Length(HairStyle::Short)),
    ("long", Meaning::Length(HairStyle::Long)),
    ("beard,bearded,moustache,mustache,stubble,胡子,胡须", Meaning::Flag(P::Beard, Thing::Brows)),
    ("clean shaven,beardless", Meaning::Person(P::Beard, 0)),
    ("hat,cap,beanie,fedora,帽子,帽", Meaning::Flag(P::Hat, Thing::Other)),
    ("bareheaded,hatless", Meaning::Person(P::Hat, 0)),
    ("glasses,spectacles,eyeglasses,眼镜", Meaning::Flag(P::Glasses, Thing::Other)),
    ("jumper,sweater,t shirt,tee,pullover,crew neck,毛衣,针织衫,T恤,t恤", garment(Collar::Crew)),
    ("shirt,blouse,collared shirt,polo,衬衫,衬衣", garment(Collar::Shirt)),
    ("hoodie,hooded,hood,卫衣,连帽衫", garment(Collar::Hood)),
    (
        "coat,jacket,dress,top,suit,clothes,cardigan,vest,outfit,衣服,外套,裙子,上衣,西装",
        Meaning::Thing(Thing::Clothes, None),
    ),
    ("eye,eyes,eyed,眼睛,眼", Meaning::Thing(Thing::Eyes, None)),
    ("skin,skinned,complexion,皮肤,肤色", Meaning::Thing(Thing::Skin, None)),
    ("black,黑色,黑", Meaning::Color(Tone::Black)),
    ("dark,深色", Meaning::Color(Tone::Dark)),
    ("dark brown,深棕色,深棕,深褐", Meaning::Color(Tone::DarkBrown)),
    ("brown,棕色,褐色,棕", Meaning::Color(Tone::Brown)),
    ("chestnut,light brown,浅棕", Meaning::Color(Tone::LightBrown)),
    ("blond,golden,金色", Meaning::Color(Tone::Blond)),
    ("fair,pale,白皙", Meaning::Color(Tone::Fair)),
    ("light,浅色", Meaning::Color(Tone::Light)),
    ("tan,tanned,olive,小麦色", Meaning::Color(Tone::Tan)),
    ("deep,very dark,ebony,黝黑", Meaning::Color(Tone::Deep)),
    ("red,auburn,crimson,maroon,scarlet,红色,红", Meaning::Color(Tone::Red)),
    ("orange,copper,橙色,橘色", Meaning::Color(Tone::Orange)),
    ("yellow,mustard,gold,黄色,黄", Meaning::Color(Tone::Yellow)),
    ("green,hazel,emerald,绿色,绿", Meaning::Color(Tone::Green)),
    ("teal,turquoise,cyan,青色", Meaning::Color(Tone::Teal)),
    ("blue,navy,navy blue,蓝色,蓝", Meaning::Color(Tone::Blue)),
    ("purple,violet,lilac,lavender,紫色,紫", Meaning::Color(Tone::Purple)),
    ("pink,rose,magenta,粉色,粉红色,粉", Meaning::Color(Tone::Pink)),
    ("gray,grey,silver,灰色,灰,银色", Meaning::Color(Tone::Gray)),
    ("white,cream,beige,ivory,白色,白,米色", Meaning::Color(Tone::White)),
    ("no,not,without,没有,没,不戴,无", Meaning::No),
    ("with,but,戴着,戴,留着", Meaning::With),
    ("in,wearing,wears,dressed in,wearing all,dressed all in,in all,穿着,穿,身穿", Meaning::Worn),
    ("the other,the other one,another,the second,second one,另一个,另一位", Meaning::Other),
    ("and,next to,beside,opposite,和,与", Meaning::Joint),
];

/// Every word with its meaning.
pub(super) fn all() -> impl Iterator<Item = Entry> {
    GROUPS.iter().flat_map(|&(words, meaning)| words.split(',').map(move |word| (word, meaning)))
}
