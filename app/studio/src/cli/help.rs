//! The texts of `--help`, and the version.

use super::args::Topic;

/// Help about one command, or in general.
pub(super) fn text(topic: Option<Topic>) -> &'static str {
    match topic {
        None => GENERAL,
        Some(Topic::Render) => RENDER,
        Some(Topic::New) => NEW,
        Some(Topic::Doctor) => DOCTOR,
        Some(Topic::Models) => MODELS,
        Some(Topic::Caption) => CAPTION,
        Some(Topic::Take) => TAKE,
        Some(Topic::Evaluate) => EVALUATE,
    }
}

const GENERAL: &str = "\
Parlance: a studio for scripted scenes with picture and sound, made on this computer.

  parlance                        open the window
  parlance My.parlance            open a project in the window
  parlance new My.parlance        make an empty project (--sample: with a sample scene)
  parlance render My.parlance     make the missing takes and write My.mp4
  parlance take My.parlance       make one line of a shot again, and other takes that keep something
  parlance doctor                 say what this computer can do, and what will be used
  parlance models                 which models are there; get NAVA, check and delete
  parlance caption My.parlance    print what NAVA is told for each shot
  parlance evaluate               measure the bundled model

First movie in a minute:
  parlance new First.parlance --sample
  parlance render First.parlance --out first.mp4

Options everywhere:
  --device auto|cpu|gpu           where the model runs (auto: a real GPU, else the CPU)
  --model bundled|nava            which model makes takes (default: as set in the window)
  --json                          one JSON object a line, for scripts
  -h, --help                      help; `parlance render --help` tells more about render
  -V, --version                   the version

Exit codes: 0 done, 1 failed, 2 wrong use, 130 cancelled with Ctrl+C (nothing half-written is left).
";

const RENDER: &str = "\
parlance render PROJECT: make the missing takes and write the scene as a movie.

A shot whose take in use still shows what the script says is kept; every other shot gets a new take, which is added to
the project and put into the cut. Nothing that was made before is lost.

  --shot N          only shot N (from 1): make it anew and write only that shot
  -o, --out FILE    the movie (default: the project's name with .mp4, here)
  --seed S          seed of the noise; the same seed on the same kind of device gives the same bytes. Makes shots anew
  --steps N         denoise steps, 1 to 1000: more is slower and usually better. Makes shots anew
  --again           make every shot anew
  --from T, --to T  only this stretch: 0:06:10 (frames last) or seconds, 6.4
  --size SIZE       1280x720, or 720 for the shorter side (default: as the takes are)
  --fps N           frames a second: 24, 25, 23.976, 25/2 (default: the project's)
  --quality Q       0 (best) to 51 (smallest); default 18
  --subtitles       also write the lines as FILE.srt
  --vtt             also write the lines as FILE.vtt
  --stems           also write each speaker's sound, and the rest, as WAV files into the folder `FILE sound`
  --otio            also write the timeline for other editors as FILE.otio
  --no-film         leave the movie itself out
  --device D        auto, cpu or gpu
  --model M         bundled or nava (default: as set in the window)
  --json            progress and result as JSON lines on standard output

Examples:
  parlance render My.parlance
  parlance render My.parlance --shot 2 --seed 7 --out try-7.mp4
  parlance render My.parlance --size 1080 --fps 24 --stems --otio
  parlance render My.parlance --json | tail -n 1

Ctrl+C stops within one step. Takes that are finished stay in the project.
";

const TAKE: &str = "\
parlance take PROJECT --shot N: make one take that keeps something of what is there, and put it into the cut.

The take is added to the project; nothing that was made before is lost. No movie is written: `parlance render` does that.

  --shot N          the shot, from 1
  --line M          make only line M (from 1) of the take in the cut again, with its words and voice of now. Outside of
                    the line every picture and every sample stay bit for bit; it may change 0.24 s before and after,
                    in which sound passes over in 0.05 s and pictures in 2 frames
  --words TEXT      first give line M these words
  --recording FILE  line M is heard as this recording; the shot's picture is made for it, lips and all. The line becomes
                    as long as the recording. Say whose voice it is: --own, or --permission NAME of who allowed it
  --new-sound       keep every picture of the take in the cut bit for bit, and make its sound anew, with the words and
                    voices of now
  --continue        begin with the last picture of the shot before, so that people and place stay
  --sound-only      make no moving picture: the first picture, or black, is seen all the time
  --whole           neither of the two any more: until then the shot is made so each time
  --seed S          seed of the noise
  --steps N         denoise steps, 1 to 1000
  --device D        auto, cpu or gpu
  --json            progress and result as JSON lines on standard output

Examples:
  parlance take My.parlance --shot 2 --line 1
  parlance take My.parlance --shot 2 --line 1 --recording me.wav --own
  parlance take My.parlance --shot 2 --line 1 --words \"Nobody has lit it in forty years.\"
";

const NEW: &str = "\
parlance new FOLDER: make a project. The folder gets the ending .parlance if it has none.

  --sample          start from a sample scene with two speakers
  --json            print the result as JSON

Example:
  parlance new First.parlance --sample
";

const DOCTOR: &str = "\
parlance doctor: say what this computer can do, what will be used, and why.

Shows devices, memory, codecs and models. Exit code 1 when something is missing without which no movie can be made.

  --device D        what would be used with this choice
  --json            the same as one JSON object
";

const MODELS: &str = "\
parlance models: which models are on this computer, and getting more.

  parlance models                    list them, with sizes, states, licences and SHA-256
  parlance models get nava           fetch what is missing; goes on where it stopped
  parlance models adopt PATH         use files of a folder where they are, found by sum or contents; nothing is copied
  parlance models import PATH        copy files from a folder or drive, and check the copies
  parlance models verify [MODEL]     read every byte again
  parlance models delete MODEL       delete its files (--partial: only what is half-fetched)
  parlance models where [MODEL]      where the file of each role is

  --accept LICENCE  accept a licence, by the name that `get` shows; once for each. Nothing is fetched before
  --full            the backbone with 32 bit weights instead of 8 bit
  --with PART       also an optional part: speaker_encoder, preview_decoder, or all
  --mirror ADDRESS  ask this server first: https://mirror.example
  --folder FOLDER   where models live (default: as set in the window)
  --list FILE       another list of models, as JSON
  --json            one JSON object a line

Ctrl+C stops within a second and keeps what was fetched.
";

const CAPTION: &str = "\
parlance caption PROJECT: print what NAVA is told for each shot, a line each.

The captions go to standard output; their length and what stayed in English go to standard error. Nothing is changed.

  --shot N          only shot N (from 1)
  --json            one JSON object a line
";

const EVALUATE: &str = "\
parlance evaluate: make clips from held-out scripts with the bundled model and measure them.

Needs a program built with the trainer: cargo build --release --features train -p parlance

  --scripts N       how many scripts (default 100)
  --tasks N         measure one line made again, lips for a recording, sound for a picture, going on from a shot and
                    sound only on N scripts; whole shots only with --scripts as well
  --steps N         denoise steps (default 12)
  --curve N,N,...   a table of these numbers of steps on the same scripts
  --seed S          seed of the first script; each further one adds 1
  --out FOLDER      write evaluation.json and evaluation.md there
  --clips FOLDER    write the sound of every clip there, for another judge
  --threads N       processor threads
  --device D        auto, cpu or gpu
";
