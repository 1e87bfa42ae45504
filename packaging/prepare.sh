# Sourced by the other scripts of this folder: finds out what is missing here and installs it, or names it exactly.
# shellcheck shell=bash

# Rust versions before this one cannot build the workspace (rust-version in Cargo.toml).
RUST_NEEDED=1.95

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
stop() { printf '\033[1;31m%s\033[0m\n' "$*" >&2; exit 1; }

# Runs a command as root: directly, or by sudo.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else stop "These packages are missing and there is no sudo here. As root, run:  $*"
    fi
}

# Build: a C compiler and linker, pkg-config, libclang (bindgen, for FFmpeg's and ALSA's headers), ALSA (rodio), FFmpeg.
# Run:   a Vulkan loader with drivers, and the keyboard and pointer libraries that the window opens at run time.
# Test:  a virtual display for the one test that opens a real window.
DEBIAN_BUILD=(build-essential pkg-config clang libclang-dev libasound2-dev libavcodec-dev libavformat-dev libavutil-dev
    libswscale-dev libswresample-dev)
DEBIAN_RUN=(libvulkan1 mesa-vulkan-drivers libxkbcommon-x11-0 libxcursor1 libxrandr2 libxi6 libwayland-client0)
DEBIAN_TEST=(xvfb xauth)
FEDORA_BUILD=(gcc gcc-c++ make pkgconf-pkg-config clang clang-devel alsa-lib-devel libavcodec-free-devel
    libavformat-free-devel libavutil-free-devel libswscale-free-devel libswresample-free-devel)
FEDORA_RUN=(vulkan-loader mesa-vulkan-drivers libxkbcommon-x11 libXcursor libXrandr libXi)
FEDORA_TEST=(xorg-x11-server-Xvfb xorg-x11-xauth)
ARCH_BUILD=(base-devel pkgconf clang alsa-lib ffmpeg)
ARCH_RUN=(vulkan-icd-loader vulkan-swrast libxkbcommon-x11 libxcursor libxrandr libxi)
ARCH_TEST=(xorg-server-xvfb xorg-xauth)
BREW=(pkgconf ffmpeg)

install_debian() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ "${#missing[@]}" = 0 ] && return
    say "Installing by apt: ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >&2 ||
        { as_root apt-get update -qq </dev/null >&2 &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >&2; } ||
        stop "apt could not install: ${missing[*]}"
}

install_fedora() {
    local missing=() package
    for package in "$@"; do
        rpm -q --whatprovides "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    # With RPM Fusion's FFmpeg the development files are all in ffmpeg-devel.
    if rpm -q ffmpeg-devel >/dev/null 2>&1; then
        local kept=()
        for package in "${missing[@]}"; do [[ $package == *-free-devel ]] || kept+=("$package"); done
        missing=("${kept[@]}")
    fi
    [ "${#missing[@]}" = 0 ] && return
    say "Installing by dnf: ${missing[*]}"
    as_root dnf install -y "${missing[@]}" </dev/null >&2 || stop "dnf could not install: ${missing[*]}"
}

install_arch() {
    local missing
    missing=$(pacman -T "$@" || true)
    [ -z "$missing" ] && return
    say "Installing by pacman: ${missing//$'\n'/ }"
    # shellcheck disable=SC2086  # one argument a package
    as_root pacman -S --needed --noconfirm $missing </dev/null >&2 || stop "pacman could not install: $missing"
}

install_macos() {
    xcode-select -p >/dev/null 2>&1 || stop "Apple's command line tools are missing. Run:  xcode-select --install"
    command -v brew >/dev/null ||
        stop "Homebrew is missing (https://brew.sh). With it, this script installs: ${BREW[*]}. With MacPorts, run:  sudo port install pkgconfig ffmpeg"
    local package
    for package in "${BREW[@]}"; do
        brew list --formula "$package" >/dev/null 2>&1 || { say "Installing by brew: $package"; brew install --quiet "$package" </dev/null >&2; }
    done
}

check_windows() {
    # Rust's Windows tools read FFMPEG_DIR (with bin, include and lib) and LIBCLANG_PATH.
    [ -n "${FFMPEG_DIR:-}" ] || stop "FFMPEG_DIR is not set. In PowerShell, run packaging\\run.ps1 once: it names and installs the packages."
    PATH="$(cygpath -u "$FFMPEG_DIR")/bin:$PATH"
    export PATH
}

check_rust() {
    # shellcheck disable=SC1091
    command -v cargo >/dev/null || { [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"; }
    command -v cargo >/dev/null || stop "Rust is missing. Install it with the command on https://rustup.rs:
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh
and run this again."
    local found
    found=$(rustc --version | sed -E 's/^rustc ([0-9]+\.[0-9]+).*/\1/')
    [ "$(printf '%s\n%s\n' "$RUST_NEEDED" "$found" | sort -V | head -n 1)" = "$RUST_NEEDED" ] ||
        stop "Rust $found is too old: $RUST_NEEDED or newer is needed. Run:  rustup update stable"
}

# prepare build|test: makes sure that everything is there.
prepare() {
    local test=no
    [ "${1:-build}" = test ] && test=yes
    case "$(uname -s)" in
        Linux)
            if [ -n "${PARLANCE_SKIP_INSTALL:-}" ]; then say "PARLANCE_SKIP_INSTALL is set: no packages are looked for."
            elif command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
                if [ $test = yes ]; then install_debian "${DEBIAN_BUILD[@]}" "${DEBIAN_RUN[@]}" "${DEBIAN_TEST[@]}"
                else install_debian "${DEBIAN_BUILD[@]}" "${DEBIAN_RUN[@]}"; fi
            elif command -v dnf >/dev/null; then
                if [ $test = yes ]; then install_fedora "${FEDORA_BUILD[@]}" "${FEDORA_RUN[@]}" "${FEDORA_TEST[@]}"
                else install_fedora "${FEDORA_BUILD[@]}" "${FEDORA_RUN[@]}"; fi
            elif command -v pacman >/dev/null; then
                if [ $test = yes ]; then install_arch "${ARCH_BUILD[@]}" "${ARCH_RUN[@]}" "${ARCH_TEST[@]}"
                else install_arch "${ARCH_BUILD[@]}" "${ARCH_RUN[@]}"; fi
            else
                say "This system's package manager is not known here. Needed, by Debian's names: ${DEBIAN_BUILD[*]} ${DEBIAN_RUN[*]}"
            fi ;;
        Darwin) install_macos ;;
        MINGW* | MSYS* | CYGWIN*) check_windows ;;
        *) say "This system is not known here. Needed: a C compiler, pkg-config, libclang and FFmpeg's development files." ;;
    esac
    check_rust
}
