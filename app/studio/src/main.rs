//! `parlance`: the window, or a command without one.

fn main() -> std::process::ExitCode {
    parlance::cli::main()
}
