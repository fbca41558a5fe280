int tilescope_kernels_placeholder(void);
