//! Words people use for what the world can show, English and Chinese, and the category each means.
