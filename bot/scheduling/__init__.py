"""The clock: ticks look into the tables for what is due. The rows are the truth, a tick twice does nothing twice."""
