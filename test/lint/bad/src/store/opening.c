/* Another name than the file's: the opening is refused. */
