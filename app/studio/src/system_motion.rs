//! Whether the system asks programs to move little: the desktop's portal on Linux, the accessibility settings of macOS,
//! the animation effects of Windows. Asked on the thread `parlance-motion`, at the start and whenever the window is come
//! back to; a system that does not say is taken not to ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

/// What the system said last. It stops asking when this is dropped.
#[derive(Debug)]
pub struct SystemMotion {
    reduced: Arc<AtomicBool>,
    ask: SyncSender<()>,
    focused: bool,
}

impl SystemMotion {
    /// Asks for the first time; `wake` is told when the answer is another than before.
    #[must_use]
    pub fn start(wake: &egui::Context) -> Self {
        let reduced = Arc::new(AtomicBool::new(false));
        let (ask, asked) = sync_channel(1);
        let (answer, wake) = (Arc::clone(&reduced), wake.clone());
        // Without the thread nobody has asked for stillness.
        let _started = std::thread::Builder::new().name("parlance-motion".to_owned()).spawn(move || {
            for () in asked {
                let now = system::reduced().unwrap_or(false);
                if answer.swap(now, Ordering::Relaxed) != now {
                    wake.request_repaint();
                }
            }
        });
        let motion = Self { reduced, ask, focused: false };
        motion.ask();
        motion
    }

    /// Once a frame: asks again when the window is come back to, and answers what is known.
    pub fn reduced(&mut self, ctx: &egui::Context) -> bool {
        let focused = ctx.input(|input| input.focused);
        if focused && !self.focused {
            self.ask();
        }
        self.focused = focused;
        self.reduced.load(Ordering::Relaxed)
    }

    fn ask(&self) {
        // One question that waits is enough.
        let _waits_already = self.ask.try_send(());
    }
}

#[cfg(target_os = "macos")]
mod system {
    pub(super) fn reduced() -> Option<bool> {
        Some(objc2_app_kit::NSWorkspace::sharedWorkspace().accessibilityDisplayShouldReduceMotion())
    }
}

#[cfg(windows)]
mod system {
    pub(super) fn reduced() -> Option<bool> {
        let settings = windows::UI::ViewManagement::UISettings::new().ok()?;
        settings.AnimationsEnabled().ok().map(|moves| !moves)
    }
}

#[cfg(not(any(target_os = "macos", windows)))]
mod system {
    //! The settings portal of freedesktop.org. `reduced-motion` is its own name for it; desktops older than that tell
    //! under names of their own.

    use zbus::zvariant::{OwnedValue, Value};

    const SERVICE: &str = "org.freedesktop.portal.Desktop";
    const PLACE: &str = "/org/freedesktop/portal/desktop";
    const INTERFACE: &str = "org.freedesktop.portal.Settings";
    /// Whether a value means that little is to move; `None` for another kind of value.
    type Meaning = fn(&Value<'_>) -> Option<bool>;
    /// Where to look, in order.
    const NAMES: [(&str, &str, Meaning); 3] = [
        ("org.freedesktop.appearance", "reduced-motion", is_one),
        ("org.gnome.desktop.interface", "enable-animations", is_off),
        ("org.kde.kdeglobals.KDE", "AnimationDurationFactor", is_zero),
    ];

    pub(super) fn reduced() -> Option<bool> {
        pollster::block_on(async {
            let bus = zbus::Connection::session().await.ok()?;
            for (group, name, meaning) in NAMES {
                // `Read` is of the first version of the portal, so that every one has it.
                let Ok(reply) = bus.call_method(Some(SERVICE), PLACE, Some(INTERFACE), "Read", &(group, name)).await
                else {
                    continue;
                };
                if let Some(answer) =
                    reply.body().deserialize::<OwnedValue>().ok().and_then(|value| meaning(inner(&value)))
                {
                    return Some(answer);
                }
            }
            None
        })
    }

    /// The portal wraps its answers once more than it says.
    fn inner<'a>(value: &'a Value<'_>) -> &'a Value<'a> {
        match value {
            Value::Value(wrapped) => inner(wrapped),
            plain => plain,
        }
    }

    fn is_one(value: &Value<'_>) -> Option<bool> {
        if let Value::U32(number) = value { Some(*number == 1) } else { None }
    }

    fn is_off(value: &Value<'_>) -> Option<bool> {
        if let Value::Bool(moves) = value { Some(!moves) } else { None }
    }

    fn is_zero(value: &Value<'_>) -> Option<bool> {
        let Value::Str(text) = value else { return None };
        text.parse::<f64>().ok().map(|factor| factor == 0.0)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn answers_of_each_desktop_are_read_through_their_wrapping() {
            let wrapped = |value: Value<'static>| Value::Value(Box::new(Value::Value(Box::new(value))));
            assert_eq!(is_one(inner(&wrapped(Value::U32(1)))), Some(true));
            assert_eq!(is_one(inner(&wrapped(Value::U32(0)))), Some(false));
            assert_eq!(is_off(inner(&Value::Bool(false))), Some(true));
            assert_eq!(is_off(inner(&wrapped(Value::Bool(true)))), Some(false));
            assert_eq!(is_zero(inner(&wrapped(Value::from("0")))), Some(true));
            assert_eq!(is_zero(&Value::from("0.5")), Some(false));
            assert_eq!(is_zero(&Value::from("none")), None);
            assert_eq!(is_one(&Value::from("1")), None, "another kind of answer is none");
        }
    }
}
