//! Ctrl+C: the first asks the work to stop, the second ends the program at once.

use parlance_engine::generator::CancelToken;

/// Listens for Ctrl+C (and being asked to terminate) from now on; the token is raised by the first.
///
/// Call it once. Without a handler, which a system may refuse, Ctrl+C ends the program at once; what is half-written
/// is then removed when the project is opened again.
pub(super) fn listen() -> CancelToken {
    let token = CancelToken::new();
    let raised = token.clone();
    let handler = move || {
        if raised.cancelled() {
            std::process::exit(i32::from(super::CANCELLED));
        }
        raised.cancel();
    };
    ctrlc::set_handler(handler).ok();
    token
}
